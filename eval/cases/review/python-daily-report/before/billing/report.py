"""Totals of invoices, for the accountants."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Iterable


@dataclass(frozen=True)
class Invoice:
    number: str
    total: Decimal
    paid_at: str | None


def total_paid(invoices: Iterable[Invoice]) -> Decimal:
    return sum((invoice.total for invoice in invoices if invoice.paid_at), Decimal("0"))
