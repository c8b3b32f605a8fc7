"""What people are told of and how: each kind of notice, who gets it, and which ways may be switched off."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.actor import EXPORTER_ROLES, Role


class Kind(StrEnum):
    """What a notice is about."""

    QUERY = "QUERY"  # an officer asks
    DECISION = "DECISION"  # approved, rejected, withdrawn, revoked
    ISSUE = "ISSUE"  # the certificate is there, or could not be made
    WORK = "WORK"  # something came to this officer's or administrator's desk
    LOW = "LOW"  # little is left in the wallet
    MONEY = "MONEY"  # money came in or was given back
    WEBHOOK = "WEBHOOK"  # the firm's own system could not be told
    ACCOUNT = "ACCOUNT"  # one's own account, certificate or rights
    SYSTEM = "SYSTEM"  # for those who run the whole


@dataclass(frozen=True, slots=True)
class Manner:
    """How people hear of one kind when they have said nothing, and which of the two ways they may not switch off."""

    roles: frozenset[Role]
    mail: bool = True
    bell_stays: bool = False
    mail_stays: bool = False

    def ways(self, bell: bool | None, mail: bool | None) -> tuple[bool, bool]:
        """(bell, mail) of a person who has said this; None is «said nothing». Money and one's rights always ring."""
        by_bell = self.bell_stays or bell is not False
        by_mail = self.mail_stays or (self.mail if mail is None else mail)
        return by_bell, by_mail


_WATCHING = EXPORTER_ROLES | {Role.BROKER}  # a customs broker hears of the firms it acts for
_STAFF = frozenset({Role.OFFICER, Role.ADMINISTRATOR})
_ALL = _WATCHING | _STAFF | {Role.SUPERVISOR}

MANNERS: dict[Kind, Manner] = {
    Kind.QUERY: Manner(_WATCHING),
    Kind.DECISION: Manner(_WATCHING),
    Kind.ISSUE: Manner(_WATCHING | {Role.OFFICER}),
    Kind.LOW: Manner(EXPORTER_ROLES),
    Kind.WORK: Manner(_STAFF, mail=False),
    Kind.MONEY: Manner(EXPORTER_ROLES, bell_stays=True),
    Kind.WEBHOOK: Manner(frozenset({Role.PRIMARY}), bell_stays=True),
    Kind.ACCOUNT: Manner(_ALL, bell_stays=True, mail_stays=True),
    Kind.SYSTEM: Manner(frozenset({Role.SUPERVISOR}), bell_stays=True, mail_stays=True),
}


def offered(role: Role) -> list[Kind]:
    """The kinds a person of this role may be told of, in the order of the page."""
    return [kind for kind, manner in MANNERS.items() if role in manner.roles]
