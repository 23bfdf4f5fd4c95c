"""Entries as they stand in a file."""
import csv
import datetime
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Entry:
    date: datetime.date
    category: str
    amount: Decimal


def read_entries(lines):
    return [
        Entry(datetime.date.fromisoformat(date), category.strip(), Decimal(amount))
        for date, category, amount in csv.reader(lines)
    ]
