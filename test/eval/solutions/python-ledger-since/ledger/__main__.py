"""The command: python3 -m ledger FILE."""
import argparse
import datetime
import sys

from ledger.entries import read_entries
from ledger.report import totals


def day(text):
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-01-31") from None


def main(argv=None):
    parser = argparse.ArgumentParser(prog="ledger", description="Sums up entries by category.")
    parser.add_argument("file", help="CSV with date, category and amount")
    parser.add_argument("--since", type=day, help="first day, YYYY-MM-DD")
    parser.add_argument("--until", type=day, help="last day, YYYY-MM-DD")
    options = parser.parse_args(argv)
    since, until = options.since, options.until
    if since is not None and until is not None and since > until:
        parser.error("--since is after --until")
    with open(options.file, newline="", encoding="utf-8") as lines:
        entries = read_entries(lines)
    for category, amount in totals(entries, since=since, until=until).items():
        print(f"{category:<20}{amount:>12}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
