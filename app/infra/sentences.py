"""What a rule has said, in the reader's language: rules speak English, and here the sentence is found again and translated.

The translators get the sentences out of the code (translations/sentences.py), with {0}, {1} … for what is put in. A sentence
that is not among them stays English. Programs are always answered in English.
"""

import re
from functools import lru_cache, partial
from pathlib import Path

from babel.messages.mofile import read_mo
from flask import current_app, has_request_context, request
from flask_babel import get_locale, gettext

from app.infra.words import N_

HOLE = re.compile(r"\{(\w*)\}")
ENDS = re.compile(r"(?<=[.?!»]) ")
MOST = 12  # sentences at the beginning of a text that may belong together
FOR_PROGRAMS = ("/api/", "/scim/")
# What is put into sentences and is no sentence itself.
PARTS = (
    N_("Goods line {0}"), N_("Goods lines {0}"), N_("Invoice {0}"), N_("{0} until {1}"), N_("{0}, may be taken over"),
    N_("stamp"), N_("signature"), N_("turn"), N_("size"), N_("strength"), N_("code"), N_("name"), N_("picture"), N_("reason"),
    N_("administrator"), N_("officer"), N_("another officer"), N_("Another officer"), N_("nobody"), N_("certificate"),
    N_("application"), N_("invoice"), N_("packing list"), N_("invoice and the packing list"), N_("goods lines"), N_("invoices"),
    N_("suspended"), N_("de-listed"), N_("is aboard"), N_("today"), N_("tomorrow"), N_("in {0} days"), N_("has expired"),
    N_("was revoked"), N_("added to"), N_("taken from"), N_("This certificate"), N_("This"),
    N_("The authority that issued this certificate"),
    N_("only the officer who has taken it up"),
    N_("photograph it on plain paper, in even light, filling most of the picture"),
)  # fmt: skip

Known = tuple[tuple[str, ...], tuple[str, ...], str]  # what stands between the holes, the holes' names, the translation


def translated(sentence: object) -> str:
    """The sentence as the reader of this page reads it; as it stands when there is no other wording, or nobody reads."""
    text = str(sentence)
    if not text or not has_request_context() or request.path.startswith(FOR_PROGRAMS):
        return text
    locale = get_locale()
    if locale is None or locale.language == "en":
        return text
    return _translated(text, _known(str(locale.language)))


def _translated(text: str, known: tuple[Known, ...]) -> str:
    whole = _whole(text, known)
    if whole is not None:
        return whole
    parts = ENDS.split(text)
    for number in range(min(len(parts), MOST) - 1, 0, -1):  # several sentences, one after the other
        first = _whole(" ".join(parts[:number]), known)
        if first is not None:
            return f"{first} {_translated(' '.join(parts[number:]), known)}"
    return text


def _whole(text: str, known: tuple[Known, ...], deep: int = 3) -> str | None:
    """The translation of exactly this, or None; what was put in is translated too where it is a sentence or a part, and what
    stands behind somebody's name and a colon.
    """
    plain = str(gettext(text)) if text else text  # the empty text has the head of the catalogue for translation
    if plain != text:
        return plain
    for between, names, translation in known:
        values = fitting(between, text)
        if values is not None:
            filled = {name: _part(value, known, deep) for name, value in zip(names, values, strict=True)}
            return HOLE.sub(partial(_fill, filled), translation)
    head, colon, rest = text.partition(": ")
    tail = _whole(rest, known, deep - 1) if colon and deep else None
    return f"{_part(head, known, deep)}: {tail}" if tail else None


def _part(value: str, known: tuple[Known, ...], deep: int) -> str:
    return (_whole(value, known, deep - 1) if deep else None) or value


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
def _known(language: str) -> tuple[Known, ...]:
    """Every translated sentence with holes; those that say most come first, so that the particular goes before the general."""
    ours = current_app.config["BABEL_TRANSLATION_DIRECTORIES"].split(";")[-1]  # Flask-AppBuilder puts its own before it
    path = Path(ours) / language / "LC_MESSAGES" / "messages.mo"
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        pairs = [(str(each.id), str(each.string)) for each in read_mo(file) if isinstance(each.id, str) and each.string]
    with_holes = [(*taken_apart(text), translation) for text, translation in pairs if HOLE.search(text)]
    return tuple(sorted(with_holes, key=lambda each: -sum(map(len, each[0]))))
