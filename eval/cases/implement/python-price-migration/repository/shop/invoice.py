"""What an order costs."""

TOTAL = """
    SELECT COALESCE(SUM(order_lines.quantity * products.price), 0)
    FROM order_lines JOIN products ON products.id = order_lines.product_id
    WHERE order_lines.order_id = ?
"""


def total(db, order_id):
    return db.execute(TOTAL, (order_id,)).fetchone()[0]
