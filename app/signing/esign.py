"""The e-sign provider that the settings name: where it is, our key for asking, and by what its answers are believed."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.core import clock
from app.core.errors import BusinessError
from app.infra.settings import setting
from app.signing import esign_answer, esign_request, esign_signature, testca, timestamp, trust
from app.signing.esign_answer import SUCCESS, Answer
from app.signing.esign_signature import NumberSent
from app.signing.lasting import Trust
from app.signing.models import EsignOrder

NOT_OFFERED = "Signing with Aadhaar is not offered here. Register a digital signature certificate and sign with it."
NOT_READY = (
    "Signing with Aadhaar is not possible just now, because its keys are not in place. Tell the help desk, or sign with a "
    "certificate. Nothing was changed."
)
FORMS = "application/xml"


@dataclass(frozen=True, slots=True)
class Checked:
    """A signature that holds and was time-stamped: the PKCS#7 with its stamp (base64) and the signer's certificate (PEM)."""

    signature: str
    certificate_pem: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Form:
    """What the browser carries to the provider: the address, and the fields of the form that is posted there."""

    address: str
    fields: dict[str, str]

    @property
    def origin(self) -> str:
        """The provider's place, without the path."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"


def is_offered() -> bool:
    """Whether people can sign with Aadhaar here; at the sandbox only once it has run, because it makes our key."""
    kind = setting("ESIGN_PROVIDER")
    return kind == "hosted" or (kind == "sandbox" and Path(str(setting("ESIGN_ASP_KEY"))).exists())


def host() -> str:
    """Who the provider is, as the page names it."""
    return urlsplit(str(setting("ESIGN_URL"))).netloc


def answer_to() -> str:
    """Where the provider sends people back to, as agreed with it."""
    return f"{setting('BASE_URL')}/esign/back"


def must_be_offered() -> None:
    """Refuse before anybody is sent anywhere."""
    if not is_offered():
        raise BusinessError(NOT_OFFERED)
    _own_key()
    response_certificates()


def form_for(order: EsignOrder) -> Form:
    """The signed request for this order."""
    key, certificate = _own_key()
    wanted = esign_request.Wanted(str(setting("ESIGN_ASP_ID")), order.txn, order.sha256, order.about, answer_to())
    request = esign_request.signed(esign_request.request(wanted, clock.now()), key, certificate)
    fields = {"eSignRequest": request.decode(), "aspTxnID": order.txn, "Content-Type": FORMS}
    return Form(str(setting("ESIGN_URL")), fields)


def believed(raw: bytes) -> Answer:
    """The provider's answer; esign_answer.NotBelieved when it is not the provider's."""
    return esign_answer.read(raw, response_certificates(), clock.now(), sha1=bool(setting("ESIGN_SHA1")))


def checked(answer: Answer, sha256: str, name: str) -> Checked:
    """The signature of an answer over this hash by the person of this name, time-stamped at once.

    BusinessError with the sentence why not; timestamp.NoTimeStamp when it holds but nobody stamps it now.
    """
    now = clock.now()
    must_hold_no_number(answer)
    if answer.status != SUCCESS:
        said = answer.message or answer.code or "no reason was given"
        raise BusinessError(f"The e-sign provider did not sign: {said.rstrip('.')}. Nothing was changed.")
    found = esign_signature.read(answer.signature, sha256, name, whom_we_trust(), now)
    if answer.certificate and esign_signature.fingerprint(answer.certificate) != found.certificate_sha256:
        raise BusinessError("The e-sign provider sent another certificate than the signer's. Nothing was changed.")
    if setting("UDGAM_ENV") == "production" and testca.WARNING in found.words:
        raise BusinessError("This e-signature is one for tests and has no legal effect. Nothing was changed.")
    stamp = timestamp.stamp(found.value_sha256)
    if stamp.time > found.not_after:
        raise BusinessError(esign_signature.TOO_LATE)
    return Checked(esign_signature.with_stamp(found, stamp.token), found.certificate_pem, found.name, sha256)


def must_hold_no_number(answer: Answer) -> None:
    """The provider has no business telling us an Aadhaar number; where one could be, nothing of the answer is taken."""
    words = [answer.txn, answer.code, answer.message, answer.reference, *esign_signature.names_in(answer)]
    if esign_signature.holds_aadhaar_number(*words):
        raise NumberSent


def whom_we_trust() -> Trust:
    """The provider's roots, those of who stamps, and the lists of revoked certificates that are at hand."""
    try:
        roots = [Path(name).read_bytes() for name in str(setting("ESIGN_ROOTS")).split(":") if name]
    except OSError as error:
        raise BusinessError(NOT_READY) from error
    return Trust(roots, trust.stamp_roots(), [each.der for each in trust.lists()])


def response_certificates() -> tuple[x509.Certificate, ...]:
    """The certificates by which the provider signs what it answers."""
    try:
        return tuple(x509.load_pem_x509_certificates(Path(str(setting("ESIGN_RESPONSE_CERT"))).read_bytes()))
    except (OSError, ValueError) as error:
        raise BusinessError(NOT_READY) from error


def _own_key() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    path = Path(str(setting("ESIGN_ASP_KEY")))
    try:
        return _loaded(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError) as error:
        raise BusinessError(NOT_READY) from error


@lru_cache(maxsize=4)
def _loaded(path: Path, _changed: int) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """Read once for as long as the file stays as it is."""
    text = path.read_bytes()
    key = load_pem_private_key(text, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the key that signs requests is no RSA key")
    return key, x509.load_pem_x509_certificate(text)
