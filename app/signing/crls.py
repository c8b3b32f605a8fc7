"""Keeps the lists of revoked certificates of known authorities fresh: fetched from the addresses in CRL_URLS, nowhere else."""

import hashlib
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

from asn1crypto import pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Supervisor
from app.core import clock
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.signing import certcheck, trust
from app.signing.models import RevocationSource

PATIENCE_SECONDS, WHOLE_SECONDS, PIECE = 5, 20, 64 * 1024
TOLD_AGAIN = timedelta(days=1)
AHEAD = timedelta(minutes=5)  # how far an authority's clock may be before ours


class Refused(Exception):
    """Why what came is not taken, in a few words; the list that is kept stays."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A list that may be used: its bytes (DER), whose it is and from when to when it is good."""

    der: bytes
    issuer: str
    this_update: datetime
    next_update: datetime


def addresses() -> list[str]:
    """Where to ask."""
    return list(dict.fromkeys(str(setting("CRL_URLS")).split()))


def fetch(url: str, largest: int = trust.LARGEST_LIST, seconds: float = WHOLE_SECONDS) -> bytes:
    """What lies at one of our addresses; no proxy, no redirection, not more than this many bytes or seconds."""
    sent = urllib.request.Request(url)  # noqa: S310  our own setting, http or https
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)
    end, pieces = time.monotonic() + seconds, bytearray()
    try:
        with opener.open(sent, timeout=PATIENCE_SECONDS) as answer:
            while piece := answer.read1(PIECE):
                pieces += piece
                if len(pieces) > largest:
                    raise Refused(f"it has more than {largest} bytes")
                if time.monotonic() > end:
                    raise Refused(f"it did not come within {seconds:g} seconds")
    except urllib.error.HTTPError as refusal:
        refusal.close()
        raise Refused(f"the server answers {refusal.code}") from refusal
    except (OSError, HTTPException, ValueError) as error:
        raise Refused("the server does not answer") from error
    return bytes(pieces)


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def looked_at(content: bytes) -> Fetched:
    """The list, once it is seen to be of an authority we know, signed by it, and in its time; else Refused."""
    try:
        der = pem.unarmor(content)[2] if pem.detect(content) else content
        found = x509.load_der_x509_crl(der)
        begins, ends = found.last_update_utc, found.next_update_utc
    except (ValueError, TypeError) as error:
        raise Refused("it is no list of revoked certificates") from error
    if not any(_made(issuer, found) for issuer in _known() if issuer.subject == found.issuer):
        raise Refused("it is not signed by an authority known here")
    now = clock.now()
    if ends is None or ends <= now or begins > now + AHEAD:
        raise Refused("it is out of its time")
    return Fetched(der, found.issuer.rfc4514_string()[:400], begins, ends)


def _known() -> list[x509.Certificate]:
    """The roots and the authorities under them; no other list is of use here."""
    every = certcheck.certificates([*trust.roots(), *trust.stamp_roots(), *trust.between()])
    return [x509.load_der_x509_certificate(each.dump()) for each in every]


def _made(issuer: x509.Certificate, found: x509.CertificateRevocationList) -> bool:
    """Whether the key of this authority signed the list, and may."""
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        return bool(usage.crl_sign and found.is_signature_valid(issuer.public_key()))  # type: ignore[arg-type]  # RSA or EC
    except (x509.ExtensionNotFound, InvalidSignature, TypeError, ValueError):
        return False


def keep(url: str, fetched: Fetched) -> None:
    """The bytes in the folder of lists, under a name of the address's own; a reader sees the old or the new, never half."""
    folder = Path(str(setting("CRL_FOLDER")))
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(url.encode()).hexdigest()[:20]
    fresh = folder / f".{name}.{os.getpid()}"
    fresh.write_bytes(fetched.der)
    fresh.replace(folder / f"{name}.crl")


def renew(url: str, row: RevocationSource, ask: Callable[[str], bytes] = fetch) -> Fetched:
    """What is there now, looked at; Refused when it does not come, does not hold, or is older than what is kept."""
    fetched = looked_at(ask(url))
    if row.this_update is not None and row.issuer == fetched.issuer and fetched.this_update < row.this_update:
        raise Refused("it is older than the one that is kept")
    return fetched


def source(session: Session, url: str) -> RevocationSource:
    """The row of an address, made when it is new."""
    row: RevocationSource | None = session.scalar(select(RevocationSource).where(RevocationSource.url == url))
    if row is None:
        row = RevocationSource(url=url)
        session.add(row)
        session.flush()
    return row


def note(row: RevocationSource, fetched: Fetched | None, error: str = "") -> None:
    """What came of asking."""
    row.error = error[:300]
    if fetched is not None:
        row.issuer, row.this_update, row.next_update = fetched.issuer, fetched.this_update, fetched.next_update
        row.fetched_at, row.told_at = clock.now(), None


def tell_of_stale(session: Session, row: RevocationSource) -> bool:
    """Supervisors hear once a day of a list that is out of its time: with it nobody of that authority can sign."""
    now = clock.now()
    stale = row.next_update is None or row.next_update <= now
    if not stale or (row.told_at is not None and now - row.told_at < TOLD_AGAIN):
        return False
    row.told_at = now
    since = f"is out of date since {clock.stamp(row.next_update)}" if row.next_update else "was never fetched"
    people = list(session.scalars(select(Supervisor.user_id), execution_options=UNSCOPED))
    sentence = f"The list of revoked certificates at {row.url} {since} ({row.error or 'no newer one is there'})."
    tell(session, people, sentence[:300], kind=Told.SYSTEM)
    return True


def forget_others(session: Session, urls: list[str]) -> None:
    """Addresses that are not asked any more have no freshness; their files stay until somebody removes them."""
    for row in session.scalars(select(RevocationSource).where(RevocationSource.url.not_in(urls))):
        session.delete(row)
