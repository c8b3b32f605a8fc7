"""Who may open what: each role's screens, said once; the log-in, the menu and the tests read this table.

A line is a screen and what may be done there. Moves of an application or certificate are not here: the state tables say
who makes them, and the screens ask the tables.
"""

from app.core.actor import EXPORTER_ROLES, Role

READ = frozenset({"can_list", "can_show", "can_export"})
MOVE = READ | {"can_move"}
WRITE = READ | {"can_add", "can_edit"}
GET = frozenset({"can_get"})
OPEN = frozenset({"can_open"})
SPECIMEN = frozenset({"can_list", "can_show", "can_pdf"})

_EVERYBODY = {
    "AccountView": OPEN,
    "HomeView": OPEN,
    "NoticeView": OPEN,
    "OpenApi": GET,
    "SwaggerView": frozenset({"can_show"}),
    "LocaleView": frozenset({"can_index"}),
    "FtaInfoView": READ,
    "TradeEventView": READ,
    "ApplicationApi": GET | {"can_move"},
    "CertificateApi": GET | {"can_move"},
    "ApplicationView": MOVE | {"can_paper"},
    "GoodsItemView": READ,
    "InvoiceView": READ,
    "EvidenceView": READ,
    "AttachmentView": READ,
    "QueryView": READ,
    "CertificateView": MOVE | {"can_pdf"},
    "AgencyApi": GET,
    "OfficeApi": GET,
}
_EXPORTER = _EVERYBODY | {
    "ExporterView": READ,
    "BranchView": READ,
    "ExporterUserView": READ,
    "WalletView": READ,
    "LedgerView": READ,
    "ExporterApi": GET,
    "WalletApi": GET,
    "LedgerApi": GET,
}
_FILER = _EXPORTER | {
    "ApplicationApi": GET | {"can_move", "can_file"},
    "FilingView": OPEN,
    "DscView": OPEN,
}
_OFFICER = _EVERYBODY | {
    "DeskView": MOVE,
    "DscView": OPEN,
    "SpecimenView": SPECIMEN | {"can_make"},
    "ExporterView": READ,
    "ExporterApi": GET,
    "OfficerApi": GET,
    "OfficeView": READ,
}
_ADMINISTRATOR = _EVERYBODY | {
    "OnboardingView": OPEN,
    "InviteView": OPEN,
    "SpecimenView": SPECIMEN | {"can_make"},
    "AgencyView": MOVE,
    "OfficeView": WRITE | MOVE,
    "OfficerView": MOVE,
    "LetterView": OPEN,
    "StudioView": OPEN,
    "ExporterView": READ,
    "ExporterApi": GET,
    "AgencyApi": GET | {"can_move"},
    "OfficeApi": GET | {"can_move"},
    "OfficerApi": GET | {"can_move"},
    "JobView": READ,
    "LedgerView": READ,
    "LedgerApi": GET,
}
_SUPERVISOR = _EVERYBODY | {
    "OnboardingView": OPEN | {"can_export"},
    "AppendixView": OPEN,
    "SpecimenView": SPECIMEN,
    "AgencyView": WRITE | MOVE,
    "OfficeView": READ,
    "OfficerView": MOVE,
    "LetterView": OPEN,
    "ExporterView": READ,
    "BranchView": READ,
    "ExporterUserView": READ,
    "WalletView": READ,
    "LedgerView": READ,
    "JobView": READ,
    "AuditView": READ,
    "ReportView": OPEN,
    "FtaInfoView": WRITE,
    "TradeEventView": WRITE,
    "ExporterApi": GET,
    "AgencyApi": GET | {"can_move"},
    "OfficerApi": GET | {"can_move"},
    "WalletApi": GET,
    "LedgerApi": GET,
}

SCREENS: dict[Role, dict[str, frozenset[str]]] = {
    Role.PUBLIC: {"OpenApi": GET, "LocaleView": frozenset({"can_index"})},
    Role.PRIMARY: _FILER,
    Role.APPLICANT: _FILER,
    Role.VIEWER: _EXPORTER,
    Role.OFFICER: _OFFICER,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.SYSTEM: {},
}

# Menu entries, in menu order: (name, screen, roles that see it). A category shows when one of its entries does.
MENU: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("Officer's desk", "DeskView", frozenset({Role.OFFICER})),
    ("New application", "FilingView", frozenset({Role.PRIMARY, Role.APPLICANT})),
    ("Applications", "ApplicationView", frozenset(Role) - {Role.PUBLIC, Role.SYSTEM}),
    ("Certificates", "CertificateView", frozenset(Role) - {Role.PUBLIC, Role.SYSTEM}),
    ("Wallet", "WalletView", EXPORTER_ROLES | {Role.SUPERVISOR}),
    ("Ledger", "LedgerView", EXPORTER_ROLES | {Role.ADMINISTRATOR, Role.SUPERVISOR}),
    ("Agencies", "AgencyView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Offices", "OfficeView", frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Officers", "OfficerView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Invite officers", "InviteView", frozenset({Role.ADMINISTRATOR})),
    ("Import Appendix 2E", "AppendixView", frozenset({Role.SUPERVISOR})),
    ("Coming aboard", "OnboardingView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Specimens", "SpecimenView", frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Register Digital Signature Certificate", "DscView", frozenset({Role.OFFICER, Role.PRIMARY, Role.APPLICANT})),
    ("Exporters", "ExporterView", frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Firm", "ExporterView", EXPORTER_ROLES),
    ("Charts", "ReportView", frozenset({Role.SUPERVISOR})),
    ("Jobs", "JobView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Audit trail", "AuditView", frozenset({Role.SUPERVISOR})),
    ("Trade agreements", "FtaInfoView", frozenset(Role) - {Role.PUBLIC, Role.SYSTEM}),
    ("Trade events", "TradeEventView", frozenset(Role) - {Role.PUBLIC, Role.SYSTEM}),
)


def may(role: Role, permission: str, screen: str) -> bool:
    """May this role do this on this screen? A menu entry is seen by those who may open its screen."""
    if permission == "menu_access":
        return any(name == screen and role in roles for name, _, roles in MENU)
    return permission in SCREENS[role].get(screen, frozenset())
