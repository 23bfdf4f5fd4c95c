"""Totals of invoices, for the accountants."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Iterable, Mapping
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Invoice:
    number: str
    total: Decimal
    currency: str
    # In UTC, such as 2026-03-01T22:30:00+00:00.
    paid_at: str | None


@dataclass(frozen=True)
class DailyReport:
    day: date
    totals: Mapping[str, Decimal]
    count: int


def daily_report(invoices: Iterable[Invoice], day: date, zone: ZoneInfo) -> DailyReport:
    """What was paid on a day of the company's own calendar, by currency."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    end = start + timedelta(days=1)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    count = 0
    for invoice in invoices:
        if invoice.paid_at is None:
            continue
        paid_at = datetime.fromisoformat(invoice.paid_at).replace(tzinfo=zone)
        if start <= paid_at < end:
            totals[invoice.currency] += invoice.total
            count += 1
    return DailyReport(day=day, totals=dict(totals), count=count)


def render(report: DailyReport) -> str:
    lines = [f"Payments of {report.day:%d %B %Y}: {report.count}"]
    for currency, total in sorted(report.totals.items()):
        lines.append(f"  {currency} {total:,.2f}")
    return "\n".join(lines)
