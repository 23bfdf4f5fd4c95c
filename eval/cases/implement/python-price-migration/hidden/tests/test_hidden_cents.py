import sqlite3
import unittest
from pathlib import Path

from shop import catalogue, invoice
from shop.migrate import FOLDER, migrate


def database_of_today():
    """With data, as it stood before prices were cents, and foreign keys on."""
    db = sqlite3.connect(":memory:")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("CREATE TABLE applied (name TEXT PRIMARY KEY)")
    for name in ("001_products.sql", "002_orders.sql"):
        db.executescript((Path(FOLDER) / name).read_text(encoding="utf-8"))
        db.execute("INSERT INTO applied VALUES (?)", (name,))
    rows = [(1, "tea", "Tea", 1.15), (3, "milk", "Milk", None), (7, "cake", "Cake", 19.99), (9, "nut", "Nut", 0.29)]
    db.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", rows)
    db.execute("INSERT INTO orders VALUES (4, '2026-01-01')")
    db.executemany("INSERT INTO order_lines VALUES (4, ?, ?)", [(1, 3), (7, 2), (3, 1)])
    db.commit()
    return db


class MigrationTest(unittest.TestCase):
    def setUp(self):
        self.db = database_of_today()
        migrate(self.db)

    def tearDown(self):
        self.db.close()

    def test_keeps_every_product_with_its_price_in_cents(self):
        rows = self.db.execute("SELECT id, sku, name, price_cents FROM products ORDER BY id").fetchall()
        self.assertEqual(rows, [(1, "tea", "Tea", 115), (3, "milk", "Milk", 0), (7, "cake", "Cake", 1999), (9, "nut", "Nut", 29)])
        self.assertEqual({type(row[3]) for row in rows}, {int})

    def test_keeps_the_orders_and_what_they_refer_to(self):
        lines = self.db.execute("SELECT product_id, quantity FROM order_lines ORDER BY product_id").fetchall()
        self.assertEqual(lines, [(1, 3), (3, 1), (7, 2)])
        self.assertEqual(self.db.execute("PRAGMA foreign_key_check").fetchall(), [])
        targets = {row[2] for row in self.db.execute("PRAGMA foreign_key_list(order_lines)")}
        self.assertEqual(targets, {"orders", "products"})

    def test_leaves_no_old_column_and_no_other_table(self):
        columns = {row[1]: row for row in self.db.execute("PRAGMA table_info(products)")}
        self.assertEqual(set(columns), {"id", "sku", "name", "price_cents"})
        self.assertEqual(columns["price_cents"][3], 1)
        tables = {name for (name,) in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self.assertEqual(tables, {"applied", "products", "orders", "order_lines"})

    def test_keeps_what_the_table_refused_and_refuses_negative_prices(self):
        for statement in ("INSERT INTO products (sku, name, price_cents) VALUES ('tea', 'Other', 1)",
                          "INSERT INTO products (sku, name, price_cents) VALUES ('x', 'X', -1)",
                          "INSERT INTO products (sku, name, price_cents) VALUES ('x', 'X', NULL)"):
            with self.assertRaises(sqlite3.IntegrityError, msg=statement):
                self.db.execute(statement)

    def test_leaves_foreign_keys_on_and_can_be_run_again(self):
        self.db.commit()
        self.assertEqual(self.db.execute("PRAGMA foreign_keys").fetchone(), (1,))
        migrate(self.db)
        self.assertEqual(self.db.execute("SELECT count(*) FROM products").fetchone(), (4,))

    def test_works_on_a_new_database(self):
        db = sqlite3.connect(":memory:")
        migrate(db)
        self.assertIn("price_cents", [row[1] for row in db.execute("PRAGMA table_info(products)")])
        db.close()


class PriceTest(unittest.TestCase):
    def setUp(self):
        self.db = database_of_today()
        migrate(self.db)

    def tearDown(self):
        self.db.close()

    def test_is_cents(self):
        catalogue.set_price(self.db, "tea", 250)
        self.assertEqual(catalogue.price_of(self.db, "tea"), 250)
        self.assertRaises(KeyError, catalogue.set_price, self.db, "none", 1)

    def test_refuses_everything_else(self):
        for wrong, error in ((9.99, TypeError), ("999", TypeError), (True, TypeError), (None, TypeError), (-1, ValueError)):
            self.assertRaises(error, catalogue.set_price, self.db, "cake", wrong)
        self.assertEqual(catalogue.price_of(self.db, "cake"), 1999)

    def test_adds_up_exactly(self):
        self.assertEqual(invoice.total_cents(self.db, 4), 3 * 115 + 2 * 1999)
        self.assertEqual(invoice.total_cents(self.db, 5), 0)
