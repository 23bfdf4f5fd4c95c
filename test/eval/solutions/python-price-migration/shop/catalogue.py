"""Products and their prices, in cents."""


def price_of(db, sku):
    row = db.execute("SELECT price_cents FROM products WHERE sku = ?", (sku,)).fetchone()
    if row is None:
        raise KeyError(sku)
    return row[0]


def set_price(db, sku, cents):
    if type(cents) is not int:
        raise TypeError("a price is a whole number of cents")
    if cents < 0:
        raise ValueError("a price is not negative")
    changed = db.execute("UPDATE products SET price_cents = ? WHERE sku = ?", (cents, sku)).rowcount
    if changed == 0:
        raise KeyError(sku)
    db.commit()
