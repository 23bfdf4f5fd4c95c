import sqlite3
import unittest

from shop.catalogue import price_of
from shop.migrate import migrate


class CatalogueTest(unittest.TestCase):
    def test_does_not_know_every_product(self):
        db = sqlite3.connect(":memory:")
        migrate(db)

        self.assertRaises(KeyError, price_of, db, "none")
        db.close()
