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
from app.applications.esign_api import EsignOrderApi
from app.applications.esign_view import EsignBackView, EsignView
from app.applications.filing_view import FilingView
from app.applications.goods_view import GoodsView
from app.applications.paper_api import PaperApi
from app.applications.paper_view import PaperView
from app.applications.template_api import TemplateApi
from app.applications.template_view import TemplateView
from app.applications.token_view import TokenView
from app.applications.typing_view import TypingView
from app.applications.views import ApplicationView, AttachmentView, EvidenceView, GoodsItemView, InvoiceView, QueryView
from app.audit.views import AuditView
from app.brokers.api import DelegationApi
from app.brokers.firms_view import FirmsView
from app.brokers.views import BrokerUserView, BrokerView, DelegationView
from app.certificates.api import CertificateApi
from app.certificates.bundle_view import BundleView
from app.certificates.preview_view import PreviewView
from app.certificates.sitting_api import SittingApi
from app.certificates.sitting_view import SittingView
from app.certificates.specimen_view import SpecimenView
from app.certificates.to_sign_view import ToSignView
from app.certificates.trail_view import TrailView
from app.certificates.views import CertificateView, DeskView, JobView
from app.exporters.api import ExporterApi
from app.exporters.oidc_view import DgftLoginView
from app.exporters.scim_view import ScimView
from app.exporters.sync_view import DgftProfileView, SyncRunView
from app.exporters.views import BranchView, ExporterUserView, ExporterView
from app.notices.api import NoticeApi
from app.notices.views import PreferenceView
from app.notices.webhook_api import DeliveryApi, WebhookApi
from app.notices.webhook_view import WebhookView
from app.portal.views import FtaInfoView, HomeView, NoticeView, TradeEventView
from app.reports.views import ReportView
from app.signing.agent_view import AgentView
from app.signing.api import SignatureOrderApi
from app.signing.views import DscView
from app.verification.views import VerifyView
from app.wallet.api import LedgerApi, TopUpApi, WalletApi
from app.wallet.gateway_view import CallbackView, PayView, RefundView
from app.wallet.settling_view import AdjustView, SuspenseView
from app.wallet.statement_view import SettlementView, StatementView
from app.wallet.views import GatewayMessageView, LedgerView, TopUpView, WalletView

HOME = HomeView

RESOURCES = (
    AgencyApi, OfficeApi, OfficerApi, ExporterApi, DelegationApi, ApplicationApi, PaperApi, TemplateApi, CertificateApi,
    SittingApi, WalletApi, TopUpApi, LedgerApi, NoticeApi, WebhookApi, DeliveryApi, SignatureOrderApi, EsignOrderApi,
)  # fmt: skip
# Tabs before the screens that show them, so that FAB knows a tab when its screen is built.
TABS = (GoodsItemView, InvoiceView, EvidenceView, AttachmentView, QueryView, BranchView, ExporterUserView)
SCREENS = (
    WebhookView,
    FilingView, TypingView, TemplateView, PreviewView, OfficeView, OfficerView, AgencyView, ExporterView, WalletView,
    LedgerView, TopUpView, PayView, GoodsView,
    StatementView, SettlementView, RefundView, SuspenseView, AdjustView, GatewayMessageView, CallbackView,
    ApplicationView, PaperView, EsignView, EsignBackView,
    DeskView, SittingView, CertificateView, TrailView, BundleView, SpecimenView,
    OnboardingView, JobView, AuditView, DscView, AgentView, ToSignView, TokenView,
    ReportView, NoticeView,
    PreferenceView, FtaInfoView, TradeEventView, VerifyView, StudioView, RegisterView, LetterView, AppendixView,
    InviteView, AccountView, PasswordView, SyncRunView, DgftProfileView, ScimView,
    DgftLoginView,
    FirmsView, DelegationView, BrokerView, BrokerUserView,
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
