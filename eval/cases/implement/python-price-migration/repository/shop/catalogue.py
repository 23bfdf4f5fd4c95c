"""Products and their prices."""


def price_of(db, sku):
    row = db.execute("SELECT price FROM products WHERE sku = ?", (sku,)).fetchone()
    if row is None:
        raise KeyError(sku)
    return row[0]


def set_price(db, sku, price):
    changed = db.execute("UPDATE products SET price = ? WHERE sku = ?", (price, sku)).rowcount
    if changed == 0:
        raise KeyError(sku)
    db.commit()
