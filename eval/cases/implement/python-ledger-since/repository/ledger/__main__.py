"""The command: python3 -m ledger FILE."""
import argparse
import sys

from ledger.entries import read_entries
from ledger.report import totals


def main(argv=None):
    parser = argparse.ArgumentParser(prog="ledger", description="Sums up entries by category.")
    parser.add_argument("file", help="CSV with date, category and amount")
    options = parser.parse_args(argv)
    with open(options.file, newline="", encoding="utf-8") as lines:
        entries = read_entries(lines)
    for category, amount in totals(entries).items():
        print(f"{category:<20}{amount:>12}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
