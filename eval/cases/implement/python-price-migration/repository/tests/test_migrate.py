import sqlite3
import unittest

from shop.migrate import migrate


class MigrateTest(unittest.TestCase):
    def test_can_be_run_again(self):
        db = sqlite3.connect(":memory:")
        migrate(db)
        db.execute("INSERT INTO products (sku, name) VALUES ('t', 'Tea')")
        migrate(db)

        self.assertEqual(db.execute("SELECT count(*) FROM products").fetchone(), (1,))
        db.close()
