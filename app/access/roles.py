"""Who may open what: each role's screens, said once; the log-in, the menu and the tests read this table.

A line is a screen and what may be done there. Moves of an application or certificate are not here: the state tables say
who makes them, and the screens ask the tables.
"""

from app.core.actor import ACTING_ROLES, EXPORTER_ROLES, Role

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
    "NoticeApi": GET | {"can_choose"},
    "PreferenceView": OPEN,
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
    "PaperView": OPEN,
    "PaperApi": GET,
    "QueryView": READ,
    "CertificateView": MOVE | {"can_pdf", "can_together"},
    "TrailView": OPEN,
    "BundleView": frozenset({"can_list", "can_show", "can_file"}),
    "AgencyApi": GET,
    "OfficeApi": GET,
}
_EXPORTER = _EVERYBODY | {
    "ExporterView": READ,
    "BranchView": READ,
    "ExporterUserView": READ,
    "WalletView": READ,
    "LedgerView": READ,
    "TopUpView": READ,
    "StatementView": OPEN,
    "DelegationView": READ,
    "ExporterApi": GET,
    "DelegationApi": GET,
    "WalletApi": GET,
    "TopUpApi": GET,
    "LedgerApi": GET,
}
_FILER = _EXPORTER | {
    "ApplicationApi": GET | {"can_move", "can_file"},
    "FilingView": OPEN,
    "TypingView": OPEN,
    "TemplateView": OPEN,
    "TemplateApi": GET | {"can_keep"},
    "PreviewView": OPEN,
    "GoodsView": OPEN,
    "EsignView": OPEN,
    "EsignOrderApi": GET,
    "DscView": OPEN,
    "AgentView": OPEN,
    "TokenView": OPEN,
    "SignatureOrderApi": GET | {"can_move"},
    "PayView": OPEN,
    "TopUpView": MOVE,
    "TopUpApi": GET | {"can_move"},
    "WalletApi": GET | {"can_topup"},
}
_PRIMARY = _FILER | {
    "WalletView": READ | {"can_low"},
    "WalletApi": GET | {"can_topup", "can_low"},
    "WebhookView": OPEN,
    "WebhookApi": GET | {"can_keep"},
    "DeliveryApi": GET | {"can_replay"},
    "DelegationView": MOVE | {"can_grant"},
    "DelegationApi": GET | {"can_move", "can_grant"},
}
# A customs broker's people, named screen by screen: what others open to everybody or to a firm's people is not theirs by that.
_BROKER = {
    "AccountView": OPEN,
    "HomeView": OPEN,
    "NoticeView": OPEN,
    "PreferenceView": OPEN,
    "FirmsView": OPEN,
    "OpenApi": GET,
    "SwaggerView": frozenset({"can_show"}),
    "LocaleView": frozenset({"can_index"}),
    "FtaInfoView": READ,
    "TradeEventView": READ,
}
_IDLE_BROKER = _BROKER | {"DelegationView": MOVE, "DelegationApi": GET | {"can_move"}, "DscView": OPEN, "AgentView": OPEN}
_ACTING = _BROKER | {
    "ApplicationApi": GET | {"can_move"},
    "CertificateApi": GET,
    "ApplicationView": MOVE | {"can_paper"},
    "GoodsItemView": READ,
    "InvoiceView": READ,
    "EvidenceView": READ,
    "AttachmentView": READ,
    "PaperView": OPEN,
    "PaperApi": GET,
    "QueryView": READ,
    "CertificateView": READ | {"can_pdf"},
    "AgencyApi": GET,
    "OfficeApi": GET,
    "ExporterView": READ,
    "BranchView": READ,
    "ExporterApi": GET,
}
_ACTING_FILER = _ACTING | {
    "ApplicationApi": GET | {"can_move", "can_file"},
    "FilingView": OPEN,
    "TypingView": OPEN,
    "TemplateView": OPEN,
    "TemplateApi": GET | {"can_keep"},
    "PreviewView": OPEN,
    "GoodsView": OPEN,
    "EsignView": OPEN,
    "EsignOrderApi": GET,
}
_SUBMITTING = _ACTING_FILER | {"TokenView": OPEN, "SignatureOrderApi": GET | {"can_move"}}
# Open to somebody whose right to act for a firm has ended, while the page still wants to act for it.
STILL_OPEN = frozenset({"AccountView", "FirmsView"})
_OFFICER = _EVERYBODY | {
    "DeskView": MOVE | {"can_sit"},
    "SittingView": MOVE,
    "SittingApi": GET | {"can_move"},
    "ToSignView": OPEN,
    "AgentView": OPEN,
    "SignatureOrderApi": GET | {"can_move"},
    "DscView": OPEN,
    "SpecimenView": SPECIMEN | {"can_make"},
    "ExporterView": READ,
    "ExporterApi": GET,
    "OfficerApi": GET,
    "OfficeView": READ,
}
_ADMINISTRATOR = _EVERYBODY | {
    "SittingView": READ,
    "SittingApi": GET,
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
    "SettlementView": OPEN,
    "LedgerApi": GET,
}
_SUPERVISOR = _EVERYBODY | {
    "SittingView": READ,
    "SittingApi": GET,
    "BrokerView": MOVE | {"can_admit"},
    "BrokerUserView": MOVE,
    "DelegationView": READ,
    "DelegationApi": GET,
    "DgftProfileView": READ,
    "SyncRunView": READ,
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
    "WalletView": MOVE,
    "LedgerView": READ,
    "TopUpView": READ,
    "GatewayMessageView": READ,
    "StatementView": OPEN,
    "SettlementView": OPEN,
    "RefundView": OPEN,
    "SuspenseView": OPEN,
    "AdjustView": OPEN,
    "JobView": READ,
    "AuditView": READ,
    "ReportView": OPEN,
    "FtaInfoView": WRITE,
    "TradeEventView": WRITE,
    "ExporterApi": GET,
    "AgencyApi": GET | {"can_move"},
    "OfficerApi": GET | {"can_move"},
    "WalletApi": GET | {"can_move"},
    "TopUpApi": GET,
    "LedgerApi": GET,
}

SCREENS: dict[Role, dict[str, frozenset[str]]] = {
    Role.PUBLIC: {"OpenApi": GET, "LocaleView": frozenset({"can_index"})},
    Role.PRIMARY: _PRIMARY,
    Role.APPLICANT: _FILER,
    Role.VIEWER: _EXPORTER,
    Role.BROKER: _IDLE_BROKER,
    Role.BROKER_READER: _ACTING,
    Role.BROKER_DRAFTER: _ACTING_FILER,
    Role.BROKER_FILER: _SUBMITTING,
    Role.OFFICER: _OFFICER,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.SYSTEM: {},
}

# Menu entries, in menu order: (name, screen, roles that see it). A category shows when one of its entries does.
_ACTING_FILERS = frozenset({Role.BROKER_DRAFTER, Role.BROKER_FILER})
_AT_WORK = frozenset(Role) - {Role.PUBLIC, Role.SYSTEM, Role.BROKER}
MENU: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("Officer's desk", "DeskView", frozenset({Role.OFFICER})),
    ("Sittings", "SittingView", frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("To sign", "ToSignView", frozenset({Role.OFFICER})),
    ("My firms", "FirmsView", frozenset({Role.BROKER}) | ACTING_ROLES),
    ("New application", "FilingView", frozenset({Role.PRIMARY, Role.APPLICANT}) | _ACTING_FILERS),
    ("Applications", "ApplicationView", _AT_WORK),
    ("Certificates", "CertificateView", _AT_WORK),
    ("Wallet", "WalletView", EXPORTER_ROLES | {Role.SUPERVISOR}),
    ("Top-ups", "TopUpView", frozenset({Role.SUPERVISOR})),
    ("Gateway messages", "GatewayMessageView", frozenset({Role.SUPERVISOR})),
    ("Settlement", "SettlementView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Ledger", "LedgerView", EXPORTER_ROLES | {Role.ADMINISTRATOR, Role.SUPERVISOR}),
    ("Agencies", "AgencyView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Offices", "OfficeView", frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Officers", "OfficerView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Invite officers", "InviteView", frozenset({Role.ADMINISTRATOR})),
    ("Import Appendix 2E", "AppendixView", frozenset({Role.SUPERVISOR})),
    ("Coming aboard", "OnboardingView", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Specimens", "SpecimenView", frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Register Digital Signature Certificate", "DscView", frozenset({Role.OFFICER, Role.PRIMARY, Role.APPLICANT, Role.BROKER})),
    ("Exporters", "ExporterView", frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR})),
    ("Firm", "ExporterView", EXPORTER_ROLES | ACTING_ROLES),
    ("Brokers", "DelegationView", EXPORTER_ROLES),
    ("Customs brokers", "BrokerView", frozenset({Role.SUPERVISOR})),
    ("Webhooks", "WebhookView", frozenset({Role.PRIMARY})),
    ("DGFT sync", "SyncRunView", frozenset({Role.SUPERVISOR})),
    ("DGFT profiles", "DgftProfileView", frozenset({Role.SUPERVISOR})),
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
