import datetime
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

from ledger.entries import Entry
from ledger.report import totals

ROOT = Path(__file__).resolve().parent.parent
LINES = "2025-12-31,rent,400\n2026-01-01,food,2.50\n2026-03-31,food,1\n2026-04-01,books,9\n"


def ledger(*args):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "entries.csv"
        file.write_text(LINES, encoding="utf-8")
        command = [sys.executable, "-m", "ledger", str(file), *args]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


class TotalsTest(unittest.TestCase):
    def setUp(self):
        days = [datetime.date(2026, 1, day) for day in (1, 2, 3)]
        self.entries = [Entry(day, name, Decimal(1)) for day, name in zip(days, ["a", "b", "a"])]

    def test_both_days_are_part_of_the_range(self):
        day = datetime.date(2026, 1, 2)
        self.assertEqual(totals(self.entries, since=day), {"a": Decimal(1), "b": Decimal(1)})
        self.assertEqual(totals(self.entries, until=day), {"a": Decimal(1), "b": Decimal(1)})
        self.assertEqual(totals(self.entries, since=day, until=day), {"b": Decimal(1)})

    def test_without_them_everything_is_summed_up(self):
        self.assertEqual(totals(self.entries), {"a": Decimal(2), "b": Decimal(1)})
        self.assertEqual(totals(self.entries, since=None, until=None), {"a": Decimal(2), "b": Decimal(1)})


class CommandTest(unittest.TestCase):
    def test_prints_the_range_alone(self):
        run = ledger("--since", "2026-01-01", "--until", "2026-03-31")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.split(), ["food", "3.50"])

    def test_takes_one_of_them(self):
        self.assertEqual(ledger("--until", "2025-12-31").stdout.split(), ["rent", "400"])
        self.assertEqual(ledger("--since=2026-04-01").stdout.split(), ["books", "9"])

    def test_prints_everything_without_them(self):
        self.assertEqual(ledger().stdout.split(), ["books", "9", "food", "3.50", "rent", "400"])

    def test_refuses_what_is_no_range(self):
        for args in (["--since", "yesterday"], ["--until", "2026-02-30"], ["--since", "20260101"],
                     ["--since", "2026-02-01", "--until", "2026-01-31"]):
            run = ledger(*args)
            self.assertEqual(run.returncode, 2, args)
            self.assertEqual(run.stdout, "", args)
            self.assertNotEqual(run.stderr, "", args)
            self.assertNotIn("Traceback", run.stderr, args)
