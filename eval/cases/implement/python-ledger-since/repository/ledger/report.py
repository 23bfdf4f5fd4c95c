"""What is printed: amounts by category."""
from decimal import Decimal


def totals(entries):
    """Sums by category, in the order of their names."""
    sums = {}
    for entry in entries:
        sums[entry.category] = sums.get(entry.category, Decimal(0)) + entry.amount
    return dict(sorted(sums.items()))
