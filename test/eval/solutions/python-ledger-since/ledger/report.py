"""What is printed: amounts by category."""
from decimal import Decimal


def totals(entries, *, since=None, until=None):
    """Sums by category, in the order of their names; of the days from since to until, both included."""
    sums = {}
    for entry in entries:
        if (since is not None and entry.date < since) or (until is not None and entry.date > until):
            continue
        sums[entry.category] = sums.get(entry.category, Decimal(0)) + entry.amount
    return dict(sorted(sums.items()))
