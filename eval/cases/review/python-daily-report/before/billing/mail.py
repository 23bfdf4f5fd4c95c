"""Sends mail by the relay."""

import smtplib
from email.message import EmailMessage


class Mailer:
    def __init__(self, host: str, sender: str) -> None:
        self._host = host
        self._sender = sender

    def send(self, to: str, subject: str, body: str) -> None:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message.set_content(body)
        with smtplib.SMTP(self._host, timeout=30) as relay:
            relay.send_message(message)
