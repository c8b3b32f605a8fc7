"""Call an address that a stranger has given us, without being led into our own network.

The name is resolved once, every address it stands for must be a public one, and the connection goes to the very address that
was looked at, so that a name which changes its mind a second later gains nothing. No proxy, no redirect, little is read.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.core.errors import BusinessError
from app.infra.settings import setting

SECONDS, MOST_BYTES, LONGEST = 5.0, 16 * 1024, 500
NAT64 = ipaddress.ip_network("64:ff9b::/96")
FORM = "Give the full https address of your system, such as https://erp.example.in/udgam, without name, password or #."
PRIVATE = "This address leads into a private network. Give one that can be reached from the internet."
UNKNOWN = "There is no server of this name. Check the spelling."


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status (None: nothing), how long it took, and what went wrong in a few words."""

    status: int | None
    milliseconds: int
    error: str = ""

    @property
    def is_taken(self) -> bool:
        """Did the other side say that it has it?"""
        return self.status is not None and 200 <= self.status < 300


def may_be_loopback() -> bool:
    """On a demonstration machine one's own test server is called; never in production."""
    return bool(setting("UDGAM_ENV") != "production")


def read(address: str) -> SplitResult:
    """The parts of an address that may be called; BusinessError when it has not the right form. Nothing is looked up."""
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise BusinessError(FORM) from error
    clean = address.isascii() and address.isprintable() and not set(address) & set(" \\#@\"'<>") and len(address) <= LONGEST
    schemes = {"https", "http"} if may_be_loopback() and _is_loopback(host) else {"https"}
    if not clean or not host or parts.scheme not in schemes or port == 0:
        raise BusinessError(FORM)
    with suppress(ValueError):
        if not _may_be_called(str(ipaddress.ip_address(host))):
            raise BusinessError(PRIVATE)
    return parts


def resolve(parts: SplitResult) -> str:
    """The one address to connect to; BusinessError when the name is unknown or any of its addresses is not public."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BusinessError(UNKNOWN) from error
    addresses = [str(row[4][0]) for row in found]
    if not addresses or not all(map(_may_be_called, addresses)):
        raise BusinessError(PRIVATE)
    return addresses[0]


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it; whatever happens is an answer and never an exception. Five seconds in all after the name is known."""
    begun = time.monotonic()

    def answer(status: int | None, error: str = "") -> Answer:
        return Answer(status, int((time.monotonic() - begun) * 1000), error[:200])

    try:
        parts = read(address)
        line = _Line(resolve(parts), parts)
    except BusinessError as refusal:
        return answer(None, refusal.sentence)
    try:
        got = line.say(body, headers)
        return answer(got, "" if 200 <= got < 300 else f"answered {got}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        slow = line.late or isinstance(error, TimeoutError)
        return answer(None, f"no answer within {SECONDS:.0f} seconds" if slow else f"no connection ({type(error).__name__})")
    finally:
        line.hang_up()


class _Line:
    """A connection to one address that speaks to (and checks the certificate of) the name, and is cut when time is up."""

    def __init__(self, address: str, parts: SplitResult) -> None:
        self.address, self.parts, self.late = address, parts, False
        self.spare: socket.socket | None = None  # a second hold on the connection: shutting it down ends any waiting
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "http":
            self.connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        else:
            self.connection = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
        self.connection._create_connection = self._connect  # type: ignore[attr-defined]  # where the library would look it up again
        self.timer = threading.Timer(SECONDS, self._cut)
        self.timer.daemon = True

    def say(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Post it; the status of the answer, of which little is read."""
        self.timer.start()
        where = (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")
        self.connection.request("POST", where, body, dict(headers))
        got = self.connection.getresponse()
        got.read(MOST_BYTES)
        return got.status

    def hang_up(self) -> None:
        """The end, whatever happened."""
        self.timer.cancel()
        self.connection.close()
        if self.spare is not None:
            self.spare.close()

    def _connect(self, where: tuple[str, int], timeout: Any = SECONDS, source: Any = None) -> socket.socket:
        made = socket.create_connection((self.address, where[1]), timeout, source)
        self.spare = made.dup()
        return made

    def _cut(self) -> None:
        """Whoever sends one byte now and then cannot keep us for ever."""
        self.late = True
        if self.spare is not None:
            with suppress(OSError):
                self.spare.shutdown(socket.SHUT_RDWR)


def _may_be_called(address: str) -> bool:
    return is_public(address) or (may_be_loopback() and _is_loopback(address))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Is this an address of the open internet, whatever it is wrapped in?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified
