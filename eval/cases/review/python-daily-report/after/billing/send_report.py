"""Sends the report of the day before. Started by cron at 06:00."""

import logging
import time
from datetime import datetime, timedelta
from typing import Callable, Iterable
from zoneinfo import ZoneInfo

from billing.mail import Mailer
from billing.report import Invoice, daily_report, render

log = logging.getLogger(__name__)

ATTEMPTS = 3
WAIT_SECONDS = 60


def send_yesterdays_report(
    load: Callable[[], Iterable[Invoice]],
    mailer: Mailer,
    recipients: Iterable[str],
    zone: ZoneInfo,
) -> None:
    yesterday = (datetime.now(zone) - timedelta(days=1)).date()
    report = daily_report(load(), yesterday, zone)
    body = render(report)
    for recipient in recipients:
        _send(mailer, recipient, f"Payments {yesterday.isoformat()}", body)


def _send(mailer: Mailer, to: str, subject: str, body: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        if attempt > 1:
            time.sleep(WAIT_SECONDS)
        try:
            mailer.send(to, subject, body)
            return
        except OSError as error:
            log.info("attempt %d for %s failed: %s", attempt, to, error)
