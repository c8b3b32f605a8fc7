"""The people and places of the demonstration; all invented, their numbers formed by the real rules."""

from dataclasses import dataclass

from app.core.actor import Role
from app.core.identifiers import gstin_check

PASSWORD = "udgam-demo-2026"  # noqa: S105  the demonstration's password is public on purpose; production refuses it

ESIGN_OTP = "123456"


@dataclass(frozen=True, slots=True)
class OfficeCast:
    """A regional office."""

    code: str
    name: str
    address1: str
    city: str
    state: str
    pin: str


@dataclass(frozen=True, slots=True)
class PersonCast:
    """Somebody of an agency or a firm."""

    email: str
    name: str
    role: Role
    designation: str = ""
    offices: tuple[str, ...] = ()
    dgft_ref: str = ""  # DGFT's number of the person


@dataclass(frozen=True, slots=True)
class AgencyCast:
    """A chamber with its offices and people."""

    code: str
    name: str
    official_email: str
    address: str
    city: str
    state: str
    pin: str
    offices: tuple[OfficeCast, ...]
    people: tuple[PersonCast, ...]


@dataclass(frozen=True, slots=True)
class FirmCast:
    """A firm with its people and its opening money in paise."""

    pan: str
    name: str
    address1: str
    city: str
    state: str
    pin: str
    people: tuple[PersonCast, ...]
    paise: int = 5_000_000

    @property
    def gstin(self) -> str:
        """A GSTIN of the firm's state, with its right check character."""
        body = f"{self.state}{self.pan}1Z"
        return body + gstin_check(body)


@dataclass(frozen=True, slots=True)
class BrokerCast:
    """A customs broker, its people, and for whom it may act how far (PAN of the firm, scope)."""

    licence_no: str
    name: str
    pan: str
    city: str
    people: tuple[PersonCast, ...]
    acts_for: tuple[tuple[str, str], ...]


SUPERVISOR = PersonCast("supervisor@dgft.example", "Anita Deshpande", Role.SUPERVISOR)

AGENCIES = (
    AgencyCast(
        "FIEC", "Federation of Indian Export Chambers", "admin@fiec.example",
        "Niryat Bhawan, Rao Tula Ram Marg", "New Delhi", "07", "110057",
        (
            OfficeCast("001", "Western Region Office, Mumbai", "Nariman Point, Plot 214", "Mumbai", "27", "400021"),
            OfficeCast("002", "Northern Region Office, New Delhi", "Niryat Bhawan, Rao Tula Ram Marg", "New Delhi", "07",
                       "110057"),
        ),
        (
            PersonCast("admin@fiec.example", "Vikram Malhotra", Role.ADMINISTRATOR, "Head of Certification"),
            PersonCast("officer@fiec.example", "R. K. Srinivasan", Role.OFFICER, "Joint Director (Certification)",
                       ("001", "002")),
            PersonCast("officer2@fiec.example", "Farah Qureshi", Role.OFFICER, "Assistant Director", ("001",)),
        ),
    ),
    AgencyCast(
        "SWCC", "South Western Chamber of Commerce", "admin@swcc.example",
        "Avinashi Road 88", "Coimbatore", "33", "641018",
        (OfficeCast("001", "Head Office, Coimbatore", "Avinashi Road 88", "Coimbatore", "33", "641018"),),
        (
            PersonCast("admin@swcc.example", "Lakshmi Narayanan", Role.ADMINISTRATOR, "Secretary"),
            PersonCast("officer@swcc.example", "Thomas Kurian", Role.OFFICER, "Certification Officer", ("001",)),
        ),
    ),
)  # fmt: skip

FIRMS = (
    FirmCast(
        "AABCS4821K", "Shree Balaji Textiles & Overseas Pvt. Ltd.", "Plot 114, GIDC Phase II, Sachin Industrial Estate",
        "Surat", "24", "394230",
        (
            PersonCast("exporter@balaji.example", "Meera Patel", Role.PRIMARY, dgft_ref="DGFT-100241"),
            PersonCast("clerk@balaji.example", "Kiran Desai", Role.APPLICANT, dgft_ref="DGFT-100242"),
        ),
    ),
    FirmCast(
        "AAGCN7316P", "Nilgiri Spices and Tea Exports LLP", "Coonoor Road 7, Upper Bazaar", "Udhagamandalam", "33", "643001",
        (PersonCast("exporter@nilgiri.example", "Arun Selvaraj", Role.PRIMARY, dgft_ref="DGFT-100377"),),
    ),
)  # fmt: skip

# Somebody DGFT knows whose e-mail address is not linked to an IEC yet: Udgam hears of him when he first logs in.
NEWCOMER = PersonCast("newcomer@mail.example", "Ravi Menon", Role.VIEWER, dgft_ref="DGFT-100512")


def at_dgft() -> dict[str, object]:
    """The people who can log in at the sandbox of DGFT's log-in, and their password."""
    known = [(person, firm.name) for firm in FIRMS for person in firm.people]
    people = [
        {"sub": person.dgft_ref, "name": person.name, "email": person.email, "email_verified": True, "about": about}
        for person, about in (*known, (NEWCOMER, "no IEC linked yet"))
    ]
    return {"password": PASSWORD, "people": people}


def at_esign() -> dict[str, object]:
    """Who can sign with Aadhaar at the sandbox of e-signing, and the code; the numbers have no right check digit."""
    people = [*(person for firm in FIRMS for person in firm.people), *(person for broker in BROKERS for person in broker.people)]
    named = [{"number": f"9999{10 * at:08d}", "name": person.name} for at, person in enumerate(people, 1)]
    return {"otp": ESIGN_OTP, "people": named}


BROKERS = (
    BrokerCast(
        "AAKCS7712QCH001", "Seaways Logistics", "AAKCS7712Q", "Navi Mumbai",
        (PersonCast("broker@seaways.example", "Ravi Kumar", Role.BROKER),),
        ((FIRMS[0].pan, "SUBMIT"), (FIRMS[1].pan, "DRAFT")),
    ),
)  # fmt: skip
