"""What a rule has said, in the reader's language: rules speak English, and here the sentence is found again and translated.

The translators get the sentences out of the code (translations/sentences.py), with {0}, {1} … for what is put in. A sentence
that is not among them stays English. Programs are always answered in English.
"""

import re
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from babel.messages.pofile import read_po
from flask import current_app, has_request_context, request
from flask_babel import get_locale, gettext

HOLE = re.compile(r"\{(\w*)\}")
ENDS = re.compile(r"(?<=[.?!»]) ")
ENDED = re.compile(r"(?<=[a-z]{4}[.?!]) (?=[A-Z«])")  # surely; what stands behind «R.» or «Ltd.» goes on
MOST = 12  # sentences in one text that are looked for, and that may belong together
DEEPEST = 3  # sentences within sentences
FOR_PROGRAMS = ("/api/", "/scim/")


def P_(text: str) -> str:
    """Mark for the translators what is put into sentences and is no sentence itself."""
    return text


# Those with a hole take one word there (a number), or half a sentence that somebody wrote would be taken for one.
PARTS = (
    P_("Goods line {0}"), P_("Goods lines {0}"), P_("Invoice {0}"),
    P_("stamp"), P_("signature"), P_("turn"), P_("size"), P_("strength"), P_("code"), P_("name"), P_("picture"), P_("reason"),
    P_("administrator"), P_("officer"), P_("another officer"), P_("Another officer"), P_("nobody"), P_("certificate"),
    P_("application"), P_("invoice"), P_("packing list"), P_("invoice and the packing list"), P_("goods lines"), P_("invoices"),
    P_("suspended"), P_("de-listed"), P_("is aboard"), P_("today"), P_("tomorrow"), P_("in {0} days"), P_("has expired"),
    P_("was revoked"), P_("added to"), P_("taken from"), P_("This certificate"), P_("This"),
    P_("The authority that issued this certificate"),
    P_("a country code of ISO 3166 such as DE"), P_("a currency code of ISO 4217 such as USD"),
    P_("a package code of UN Rec 21 such as CT"), P_("a unit code such as KGS or PCS"), P_("entries"), P_("containers"),
    P_("papers of evidence"), P_("Question"), P_("Answer to each question"), P_("Reason"), P_("The name"), P_("or"),
    P_("The officer did not ask about this"), P_("only the officer who has taken it up"),
    P_("photograph it on plain paper, in even light, filling most of the picture"),
)  # fmt: skip

# What WTForms says of a field.
OF_THE_LIBRARY = (
    "This field is required.", "Field must be between {0} and {1} characters long.",
    "Field cannot be longer than {0} characters.",
    "Field must be at least {0} characters long.", "Field must be at least {0} character long.", "Not a valid choice.",
    "Not a valid integer value.", "Not a valid date value.", "Invalid email address.", "Invalid input.",
)  # fmt: skip
# In these stand words out of tables: states, moves, and what has them.
WORDED = ("This cannot be done now: the ", " is possible while it is ", "Your role may not do this: ")
SAID, PART = "a sentence that is told", "a part of sentences"  # beside them in the catalogue, by translations/sentences.py


@dataclass(frozen=True, slots=True)
class Known:
    """Wordings in one language: by the whole text, and (what stands between the holes, the holes' names, wording)."""

    plain: dict[str, str]
    with_holes: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]


def translated(sentence: object, verbatim: bool = False) -> str:
    """The sentence as the reader of this page reads it; as it stands when there is no other wording, or nobody reads.

    Not for what people wrote: words of theirs that a rule uses as well would be altered. Where some of that is put in, as in
    notices, `verbatim` leaves everything that is put in as it is.
    """
    text = "" if sentence is None else str(sentence)
    if not text or not has_request_context() or request.path.startswith(FOR_PROGRAMS):
        return text
    locale = get_locale()
    if locale is None or locale.language == "en":
        return text
    known = _known(str(locale.language), SAID)
    if verbatim:
        return _sentence(text, known, 0) or text
    return _behind_a_name(text, known) or _several(text, known) or str(gettext(text))


def part(text: str) -> str:
    """What is put into a sentence, as it stands there when the sentence is translated."""
    language = str(get_locale().language) if has_request_context() and get_locale() else "en"
    return text if language == "en" else _value(text, Known({}, ()), 0)


def _several(text: str, known: Known) -> str | None:
    """Several sentences, one after the other, as far as they are known."""
    rest, done = ENDS.split(text), list[str]()
    while rest and len(done) < MOST:
        firsts = ((number, _behind_a_name(" ".join(rest[:number]), known)) for number in range(min(len(rest), MOST), 0, -1))
        number, first = next(((number, first) for number, first in firsts if first is not None), (0, ""))
        if not number:
            break
        rest, done = rest[number:], [*done, first]
    return " ".join([*done, *rest]) if done else None


def _behind_a_name(text: str, known: Known) -> str | None:
    """A sentence, or one behind what it is about and a colon."""
    whole = _sentence(text, known, DEEPEST)
    head, colon, rest = text.partition(": ")
    tail = _sentence(rest, known, DEEPEST) if colon and whole is None else None
    return f"{_value(head, known, 1)}: {tail}" if tail is not None else whole


def _sentence(text: str, known: Known, deep: int) -> str | None:
    """The translation of exactly this, or None; what was put in is translated too where it is a sentence or a part."""
    if text in known.plain:
        return known.plain[text]
    for between, names, translation in known.with_holes:
        values = fitting(between, text)
        if values is not None and not any(map(ENDED.search, values if between[-1] else values[:-1])):
            filled = {name: _put_in(value, between, known, deep) for name, value in zip(names, values, strict=True)}
            return HOLE.sub(partial(_fill, filled), translation)
    return None


def _put_in(value: str, between: tuple[str, ...], known: Known, deep: int) -> str:
    if not deep:
        return value
    if any(begins in "".join(between) for begins in WORDED):
        inner = _sentence(value, known, deep - 1)
        return inner if inner is not None else "".join(_word(each) for each in re.split("(, | or )", value))
    return _value(value, known, deep - 1)


def _word(value: str) -> str:
    """A word out of a table, which the catalogue has with a capital; «or» between two of them."""
    if value == " or ":
        return f" {part('or')} "
    named = value[:1].upper() + value[1:]
    wording = str(gettext(named)) if value else ""
    return wording if wording != named else value


def _value(value: str, known: Known, deep: int) -> str:
    """What was put in: a sentence of its own, a part, or anything else, which stays as it is."""
    inner = _sentence(value, known, deep) if deep > 0 and value else None
    if inner is not None:
        return inner
    parts = _known(str(get_locale().language), PART)
    for between, names, translation in parts.with_holes:
        values = fitting(between, value)
        if values is not None and not any(" " in each for each in values):
            return HOLE.sub(partial(_fill, dict(zip(names, values, strict=True))), translation)
    return parts.plain.get(value, value)


def _fill(filled: dict[str, str], hole: re.Match[str]) -> str:
    return filled[hole[1]]


def fitting(between: tuple[str, ...], text: str) -> list[str] | None:
    """What fills the holes so that the text comes out, each as short as can be; None when it cannot. Takes no longer for longer
    texts than to read them once: what people typed may stand in a sentence.
    """
    at, end = len(between[0]), len(text) - len(between[-1])
    if at > end or not text.startswith(between[0]) or not text.endswith(between[-1]):
        return None
    values = []
    for literal in between[1:-1]:
        found = text.find(literal, at, end)
        if found < 0:
            return None
        values.append(text[at:found])
        at = found + len(literal)
    return [*values, text[at:end]]


def taken_apart(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands between the holes of a sentence, and the names of the holes."""
    pieces = HOLE.split(template)
    return tuple(pieces[::2]), tuple(pieces[1::2])


@lru_cache(maxsize=8)
def _known(language: str, kind: str) -> Known:
    """Every translated sentence, or part; of those with holes the ones that say most come first, the general ones last."""
    ours = current_app.config["BABEL_TRANSLATION_DIRECTORIES"].split(";")[-1]  # Flask-AppBuilder puts its own before it
    path = Path(ours) / language / "LC_MESSAGES" / "messages.po"  # the compiled one does not say what is a sentence
    if not path.is_file():
        return Known({}, ())
    with path.open("rb") as file:
        found = {str(each.id): str(each.string) for each in read_po(file) if kind in each.auto_comments and each.string}
    with_holes = [(*taken_apart(text), wording) for text, wording in found.items() if HOLE.search(text)]
    with_holes.sort(key=lambda each: -sum(map(len, each[0])))
    return Known({text: wording for text, wording in found.items() if not HOLE.search(text)}, tuple(with_holes))
