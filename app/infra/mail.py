"""Hand one plain mail to the mail server, or keep it in a folder where no server is named (the demonstration)."""

import os
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.core.errors import BusinessError
from app.infra.settings import setting

SECONDS = 20.0  # how long the server may take; less than one attempt of a job
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Refused(BusinessError):
    """The mail server will not take this mail, however often it is asked (an answer of the kind 5xx)."""


def send(number: int, written_at: datetime, recipient: str, subject: str, body: str) -> None:
    """Send mail `number`, or keep it as a file in UDGAM_HOME/mail where MAIL_URL is not set.

    Raises Refused when the server will never take it; OSError (smtplib's errors are such) when it may be tried again.
    The Message-ID is the same however often this is called, so that a mail sent twice is recognised by who gets it.
    """
    message = letter(number, written_at, recipient, subject, body)
    if not setting("MAIL_URL"):
        _keep(number, message)
        return
    try:
        _deliver(message)
    except smtplib.SMTPRecipientsRefused as error:
        _told(next(iter(error.recipients.values())), error)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        _told((error.smtp_code, error.smtp_error), error)


def letter(number: int, written_at: datetime, recipient: str, subject: str, body: str) -> EmailMessage:
    """The mail as it travels; a header that holds a line break is refused by the library (ValueError)."""
    message = EmailMessage()
    message["From"] = setting("MAIL_FROM")
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(written_at)
    host = message["From"].addresses[0].domain or "localhost"
    message["Message-ID"] = f"<udgam.{number}.{int(written_at.timestamp())}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine, please
    message.set_content(body)
    return message


def _deliver(message: EmailMessage) -> None:
    address = urlsplit(setting("MAIL_URL"))
    host, port = address.hostname or "", address.port or PORTS[address.scheme]
    safe = ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=safe)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        if address.scheme == "smtp+starttls":
            server.starttls(context=safe)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(message)
        with suppress(OSError):  # the mail is with the server: a bad good-bye must not have it sent twice
            server.quit()
    finally:
        server.close()


def _told(answer: tuple[int, bytes | str], error: smtplib.SMTPException) -> None:
    """An answer of the kind 5xx is final; anything else is raised again and tried again."""
    code, words = answer
    if not 500 <= code < 600:
        raise error
    text = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    raise Refused(f"The mail server refused the mail: {code} {text[:300]}") from error


def _keep(number: int, message: EmailMessage) -> None:
    """One file for each mail, for its owner's eyes only; there as a whole or not at all."""
    folder: Path = setting("UDGAM_HOME") / "mail"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = folder / f"{number:06d}.part"
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.as_bytes())
    half.replace(folder / f"{number:06d}.eml")
