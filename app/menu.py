"""Every screen and every resource of the program, in menu order; who sees which is in access/roles.py."""

from flask_appbuilder import AppBuilder

from app.access.roles import MENU
from app.access.views import AccountView, PasswordView
from app.agencies.api import AgencyApi, OfficeApi, OfficerApi
from app.agencies.appendix_view import AppendixView
from app.agencies.board_view import OnboardingView
from app.agencies.invite_view import InviteView
from app.agencies.letter_view import LetterView
from app.agencies.register_view import RegisterView
from app.agencies.studio_view import StudioView
from app.agencies.views import AgencyView, OfficerView, OfficeView
from app.applications.api import ApplicationApi
from app.applications.filing_view import FilingView
from app.applications.views import ApplicationView, AttachmentView, EvidenceView, GoodsItemView, InvoiceView, QueryView
from app.audit.views import AuditView
from app.certificates.api import CertificateApi
from app.certificates.specimen_view import SpecimenView
from app.certificates.views import CertificateView, DeskView, JobView
from app.exporters.api import ExporterApi
from app.exporters.views import BranchView, ExporterUserView, ExporterView
from app.portal.views import FtaInfoView, HomeView, NoticeView, TradeEventView
from app.reports.views import ReportView
from app.signing.views import DscView
from app.verification.views import VerifyView
from app.wallet.api import LedgerApi, WalletApi
from app.wallet.views import LedgerView, WalletView

HOME = HomeView

RESOURCES = (AgencyApi, OfficeApi, OfficerApi, ExporterApi, ApplicationApi, CertificateApi, WalletApi, LedgerApi)
# Tabs before the screens that show them, so that FAB knows a tab when its screen is built.
TABS = (GoodsItemView, InvoiceView, EvidenceView, AttachmentView, QueryView, BranchView, ExporterUserView)
SCREENS = (
    FilingView, OfficeView, OfficerView, AgencyView, ExporterView, WalletView, LedgerView, ApplicationView, DeskView,
    CertificateView, SpecimenView, OnboardingView, JobView, AuditView, DscView, ReportView, NoticeView, FtaInfoView,
    TradeEventView, VerifyView, StudioView, RegisterView, LetterView, AppendixView,
    InviteView, AccountView, PasswordView,
)  # fmt: skip


def register(appbuilder: AppBuilder) -> None:
    """Add every resource, tab and screen, then the menu's entries in their order."""
    for resource in RESOURCES:
        appbuilder.add_api(resource)
    for view in (*TABS, *SCREENS):
        appbuilder.add_view_no_menu(view)
    views = {type(view).__name__: view for view in appbuilder.baseviews}
    for name, screen, _roles in MENU:
        if screen not in views:  # scaffolding until the last screens are in
            continue
        view = views[screen]
        appbuilder.add_link(name, href=f"{view.endpoint}.{view.default_view}")
