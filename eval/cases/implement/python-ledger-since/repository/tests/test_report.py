import datetime
import unittest
from decimal import Decimal

from ledger.entries import Entry
from ledger.report import totals


class TotalsTest(unittest.TestCase):
    def test_sums_by_category_in_order(self):
        day = datetime.date(2026, 1, 1)
        entries = [Entry(day, "rent", Decimal(500)), Entry(day, "food", Decimal("2.50")), Entry(day, "food", Decimal(1))]

        self.assertEqual(list(totals(entries).items()), [("food", Decimal("3.50")), ("rent", Decimal(500))])
