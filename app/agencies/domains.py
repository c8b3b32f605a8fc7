"""Official e-mail addresses: how one is written, whether it lies under an agency's domains, and who gives them away free."""

import re
from collections.abc import Iterable

from app.core.errors import BusinessError

# Mail for everybody says nothing about whom one works for; these are refused even where DGFT's list names them (4.1).
# fmt: off
FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.in", "yahoo.co.in", "yahoo.co.uk", "ymail.com", "rocketmail.com",
    "outlook.com", "outlook.in", "hotmail.com", "hotmail.in", "hotmail.co.in", "hotmail.co.uk", "live.com", "live.in",
    "msn.com", "windowslive.com", "rediffmail.com", "rediff.com", "sify.com", "indiatimes.com", "in.com", "vsnl.com",
    "icloud.com", "me.com", "mac.com", "aol.com", "aim.com", "protonmail.com", "proton.me", "pm.me", "zoho.com",
    "zohomail.com", "zohomail.in", "zoho.in", "mail.com", "email.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "mail.ru",
    "yandex.com", "yandex.ru", "inbox.com", "fastmail.com", "hushmail.com", "tutanota.com", "tuta.io", "qq.com", "163.com",
    "126.com", "sina.com", "naver.com", "mailinator.com", "guerrillamail.com", "yopmail.com", "10minutemail.com",
    "temp-mail.org",
})
# fmt: on
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@)[a-z0-9_](?:[a-z0-9_+'-]|\.(?![.@]))*@(?:{_LABEL}\.)+[a-z]{{2,63}}", re.ASCII)


def parse_email(text: str) -> str:
    """An e-mail address in small letters; a sentence when it is not written like one."""
    address = text.strip().lower()
    if len(address) > 254 or not text.strip().isascii() or not _ADDRESS.fullmatch(address):
        raise BusinessError("The e-mail address is written like name@agency.org. Check it.")
    return address


def domain_of(address: str) -> str:
    """What stands behind the @."""
    return address.rpartition("@")[2]


def is_free_mail(domain: str) -> bool:
    """Does anybody get an address there, or in a domain above it?"""
    labels = normal(domain).split(".")
    return any(".".join(labels[place:]) in FREE_MAIL for place in range(len(labels)))


def normal(domain: str) -> str:
    """A domain as it is compared: small letters, without an @ or dots around it."""
    return domain.strip().lower().strip("@. ")


def official(domains: Iterable[str]) -> list[str]:
    """Of an agency's recorded domains those that count: free mail does not."""
    return [name for name in map(normal, domains) if name and not is_free_mail(name)]


def lies_under(address: str, domains: Iterable[str]) -> bool:
    """Is this an address of one of the domains, or of a department below one (name@west.fiec.example)?"""
    given = domain_of(address)
    return any(given == name or given.endswith(f".{name}") for name in official(domains))
