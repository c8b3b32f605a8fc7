"""What DGFT says about a person or a firm, read field by field; every fault at once, each with its cure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from app.core.errors import BusinessError, Fault, InvalidInput
from app.core.identifiers import STATES, parse_gstin, parse_iec, parse_mobile, parse_pan, parse_pin
from app.core.text import clean
from app.exporters.rules import BRANCH_KINDS, ROLES, STATUSES
from app.notices.service import ADDRESS

YES, NO = frozenset({"true", "yes", "1", "y", "active"}), frozenset({"false", "no", "0", "n", "inactive"})
MOST_GSTINS, MOST_BRANCHES = 200, 200


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person as DGFT knows them; without an IEC the person belongs to no firm."""

    user_ref: str
    email: str
    full_name: str
    mobile: str = ""
    iec: str = ""
    role: str = "APPLICANT"
    active: bool = True


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """A firm as DGFT knows it: only the columns that were sent; branches None when none were sent."""

    iec: str
    values: dict[str, Any]
    branches: tuple[dict[str, str], ...] | None = None


def person(raw: Any) -> PersonFacts:
    """The facts of a person out of a row; InvalidInput with every fault. Unknown columns are not looked at."""
    values, faults = _read(raw, PERSON, PERSON_NEEDED)
    if values.get("iec") and not raw.get("role"):
        faults.append(Fault("role", f"With an IEC this is needed: {', '.join(ROLES)}."))
    if faults:
        raise InvalidInput(faults)
    values["full_name"] = values.pop("name")
    return PersonFacts(**values)


def firm(raw: Any) -> FirmFacts:
    """The facts of a firm out of a row; InvalidInput with every fault. GSTINs must belong to the firm's PAN (rule 4.5)."""
    values, faults = _read(raw, FIRM, ("iec",))
    branches = None
    if isinstance(raw, Mapping):
        pan = values.get("pan") or (values["iec"] if not values.get("iec", "0").isdigit() else None)
        faults += _of_one_pan(values, pan)
        if pan:
            values["pan"] = pan
        faults += [*_gstins(raw, values, pan), *_branches(raw)]
        branches = _branch_values(raw)
    if faults:
        raise InvalidInput(faults)
    values["firm_name"] = values.pop("name", None)
    return FirmFacts(values.pop("iec"), {name: value for name, value in values.items() if value is not None}, branches)


def email(text: str) -> str:
    """An e-mail address in small letters; it is also the name to log in with."""
    address = text.strip().lower()
    if len(address) > 128 or not ADDRESS.fullmatch(address) or "." not in address.rpartition("@")[2]:
        raise BusinessError("The e-mail address is written like name@firm.com, with at most 128 characters. Check it.")
    return address


def mobile(text: str) -> str:
    """An Indian mobile number as ten digits; +91 or 0 before it is taken off."""
    digits = "".join(text.split()).replace("-", "")
    return parse_mobile(digits.removeprefix("+91").removeprefix("0"))


def flag(value: Any) -> bool:
    """Yes or no, as JSON or as a table writes it."""
    word = str(value).strip().lower()
    if word not in YES | NO:
        raise BusinessError("This is true or false.")
    return word in YES


def words(most: int) -> Callable[[str], str]:
    """A reader of text of at most so many characters."""
    return lambda text: clean(text, most)


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader of one of a few words."""

    def read(text: str) -> str:
        word = text.strip().upper()
        if word not in allowed:
            raise BusinessError(f"This is one of {', '.join(allowed)}.")
        return word

    return read


def reference(text: str) -> str:
    """DGFT's own number of a person."""
    found = clean(text, 64)
    if not found:
        raise BusinessError("DGFT's own number of the person is needed.")
    return found


def _state(text: str) -> str:
    code = text.strip().zfill(2)
    if code not in STATES:
        raise BusinessError("The state is its two-digit GST code, such as 27.")
    return code


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BusinessError("The date is written 2026-03-27.") from error


PERSON: dict[str, Callable[[str], Any]] = {
    "user_ref": reference, "email": email, "name": words(120), "mobile": mobile, "iec": parse_iec,
    "role": one_of(*ROLES), "active": flag,
}  # fmt: skip
PERSON_NEEDED = ("user_ref", "email", "name")
FIRM: dict[str, Callable[[str], Any]] = {
    "iec": parse_iec, "pan": parse_pan, "name": words(200), "status": one_of(*STATUSES), "constitution": words(30),
    "address1": words(120), "address2": words(120), "city": words(80), "state_code": _state, "pin": parse_pin,
    "email": email, "mobile": mobile, "rcmc_no": words(40), "rcmc_body": words(80), "rcmc_valid_to": _day,
}  # fmt: skip
FIRM_NEEDED = ("pan", "firm_name", "address1", "city", "state_code", "pin")
EMPTY_ALLOWED = frozenset({"mobile", "iec", "constitution", "address2", "email", "rcmc_no", "rcmc_body"})
BRANCH: dict[str, Callable[[str], Any]] = {
    "kind": one_of(*BRANCH_KINDS), "address": words(300), "city": words(80), "state_code": _state, "pin": parse_pin,
}  # fmt: skip


def _read(raw: Any, readers: Mapping[str, Callable[[str], Any]], needed: tuple[str, ...]) -> tuple[dict[str, Any], list[Fault]]:
    """The values that were sent and can be read, and a fault for each other; an empty optional one counts as empty."""
    if not isinstance(raw, Mapping):
        return {}, [Fault("", "This is no record with named fields.")]
    values: dict[str, Any] = {}
    faults = [Fault(name, "This is needed.") for name in needed if raw.get(name) in (None, "")]
    for name, reader in readers.items():
        given = raw.get(name)
        if given is None or (given == "" and name not in EMPTY_ALLOWED):
            continue
        try:
            values[name] = _one(given, reader) if given != "" or (name == "email" and name in needed) else ""
        except BusinessError as refusal:
            faults.append(Fault(name, refusal.sentence))
    return values, faults


def _one(given: Any, reader: Callable[[str], Any]) -> Any:
    if isinstance(given, dict | list):
        raise BusinessError("This is one value, not a list or a record.")
    return reader(str(given))


def _of_one_pan(values: Mapping[str, Any], pan: str | None) -> list[Fault]:
    try:
        if pan and "iec" in values:
            parse_iec(values["iec"], pan)
    except BusinessError as refusal:
        return [Fault("iec", refusal.sentence)]
    return []


def _gstins(raw: Mapping[str, Any], values: dict[str, Any], pan: str | None) -> Iterator[Fault]:
    """Put the GSTINs among the values; yields the faults."""
    given = raw.get("gstins")
    if given is None:
        return
    if not isinstance(given, list) or len(given) > MOST_GSTINS:
        yield Fault("gstins", f"The GSTINs are a list of at most {MOST_GSTINS}.")
        return
    found: list[str] = []
    for place, text in enumerate(given):
        try:
            found.append(_one(text, partial(parse_gstin, pan=pan)))
        except BusinessError as refusal:
            yield Fault(f"gstins[{place}]", refusal.sentence)
    values["gstins"] = sorted(set(found))


def _branches(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """The faults of the branches."""
    given = raw.get("branches")
    if given is not None and (not isinstance(given, list) or len(given) > MOST_BRANCHES):
        yield Fault("branches", f"The branches are a list of at most {MOST_BRANCHES}.")
        return
    for place, each in enumerate(given or []):
        yield from (Fault(f"branches[{place}].{fault.field}", fault.message) for fault in _read(each, BRANCH, tuple(BRANCH))[1])


def _branch_values(raw: Mapping[str, Any]) -> tuple[dict[str, str], ...] | None:
    given = raw.get("branches")
    return tuple(_read(each, BRANCH, ())[0] for each in given) if isinstance(given, list) else None
