"""What a description of goods says in its words: which chapters they may belong to, and whether they name goods at all."""

import csv
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from app.core import codes

# Names of substances: whoever reads «metformin» or «sodium benzoate» knows what the goods are.
_SUBSTANCE = re.compile(r"\w{3,}(ide|ate|ine|ole|one|oic|ose|ium|mycin|cillin|xacin|ol|ene|ite|min|fen|pril|statin)s?")
# After these words comes what the goods are for or with, not what they are.
_BESIDE = re.compile(r"\b(?:for|with|in|to|used|suitable|packed|from|as|per|without)\b|[;(]", re.IGNORECASE)
# Parts of the nomenclature that one material or trade may lie anywhere in; only across these do words speak against a code.
_PARTS = ((1, 24), (25, 27), (28, 40), (41, 43), (44, 49), (50, 67), (68, 70), (71, 97))
# Names of goods that are in one part for certain, so that one of them is enough.
_SURE = frozenset({
    "towel", "shirt", "t-shirt", "trouser", "saree", "carpet", "rug", "shawl", "bedsheet", "blanket", "shoe", "boot", "sandal",
    "rice", "tea", "coffee", "pepper", "turmeric", "cardamom", "cumin", "mango", "onion", "cashew", "wheat", "chickpea", "shrimp",
    "biscuit", "sugar", "jaggery", "pickle", "meat", "fish", "tyre", "paracetamol", "metformin", "dyestuff", "soap", "agarbatti",
    "granite", "marble", "tile", "jewellery", "diamond", "valve", "pump", "bearing", "transformer", "tractor", "motorcycle",
    "bicycle", "coil", "bolt", "flange", "syringe", "furniture", "plywood", "notebook", "handbag", "hand-bag", "wallet",
})  # fmt: skip
# Endings of common nouns: «threshers», «grain drier», «tableware» are no brands.
_NOUN = re.compile(r"\w{3,}(?:s|er|or|ing|ment|tion|ware|wear)", re.IGNORECASE)
# What goods are often said to be, spelt as it should be.
_PLAIN = frozenset({
    "polished", "natural", "frozen", "organic", "handmade", "embroidered", "stainless", "galvanised", "galvanized", "automatic",
    "machined", "printed", "quality", "premium", "assorted", "colours", "colors", "disposable", "insulated", "seamless", "welded",
    "centrifugal", "electronic", "hydraulic", "pneumatic", "industrial", "agricultural", "surgical", "medical", "decorative",
    "household", "synthetic", "unbleached", "bleached", "finished", "unfinished", "granules", "powdered", "roasted", "refined",
    "ceramic", "vitrified", "corrugated", "laminated", "threaded", "flanged", "complete", "accessories", "components",
    "equipment", "material", "original", "packing", "packed", "pieces", "children", "ladies", "handloom", "quilted", "crushed",
    "dehydrated", "soyabean", "casing", "lining", "coating", "matting", "bushing", "fitting", "cutting", "setting",
})  # fmt: skip
_PLURALS = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("oes", "o"), ("ves", "f"), ("s", ""))


@cache
def chapters() -> dict[str, tuple[str, frozenset[str]]]:
    """Chapter of the Harmonized System → its title in plain words, and words for goods that belong there."""
    path = Path(codes.__file__).with_suffix("") / "chapters.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["chapter"]: (row["title"], frozenset(row["words"].split())) for row in csv.DictReader(lines)}


@cache
def _by_word() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for chapter, (_title, words) in chapters().items():
        for word in words:
            found.setdefault(word, set()).add(chapter)
    return {word: frozenset(named) for word, named in found.items()}


def words(text: str) -> list[str]:
    """The words of a text in small letters, the parts of compounds beside the whole: «hand-bags» → hand-bags, hand, bags."""
    found = []
    for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.casefold()):
        found += [word, *word.split("-")] if "-" in word else [word]
    return found


def places(text: str) -> frozenset[str]:
    """The chapters that words of the text may belong to; empty when none is known."""
    return frozenset().union(*(_place(word) for word in words(text)))


@lru_cache(maxsize=4096)
def _place(word: str) -> frozenset[str]:
    known = _by_word()
    return frozenset().union(*(known.get(form, frozenset()) for form in forms(word)))


def forms(word: str) -> Iterator[str]:
    """The word, and what it may be when there is one of it."""
    yield word
    for ending, instead in _PLURALS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            yield word[: len(word) - len(ending)] + instead
    if word.endswith("ves"):
        yield word[:-1]  # valves, sleeves
    if word.endswith("es"):
        yield word[:-2]


def elsewhere(itc_hs: str, text: str) -> str:
    """The title of the chapter that the goods' own words point to, when they all speak against the filed code; or ''.

    At least two words, or one that is certain, and all of one part of the nomenclature, which is not the code's: a word may be
    a material, a use or a mere likeness, and an officer is not asked to believe a list of words.
    """
    itself = re.split(r"[,\n]", _BESIDE.split(text, maxsplit=1)[0])[0]
    known = [word for word in dict.fromkeys(words(itself)) if _place(word)]
    common = frozenset(_part(itc) for itc in range(1, 98))
    for word in known:
        common &= {_part(int(chapter)) for chapter in _place(word)}
    sure = [word for word in known if _SURE & set(forms(word))]
    mine = _part(int(itc_hs[:2]))
    if len(common) != 1 or (len(known) < 2 and not sure) or mine in common or mine in {_part(int(c)) for c in places(text)}:
        return ""
    return chapters()[min(_place((sure or known)[-1]))][0]


def _part(chapter: int) -> int:
    return next((first for first, last in _PARTS if first <= chapter <= last), 0)


def names_goods(text: str) -> bool:
    """Does any word say what the goods are? Two or three names or a model number do not; anything longer is given credit."""
    said = words(text)
    return (
        len(said) > 3
        or bool(places(text))
        or any(word.islower() and len(word) > 3 for word in re.findall(r"[^\W\d_]+", text))
        or any(_NOUN.fullmatch(word) or _SUBSTANCE.fullmatch(word) for word in said)
    )


@lru_cache(maxsize=4096)
def meant(word: str) -> str:
    """The known word that this one is a slip of the pen of: two letters in the wrong order, one dropped or doubled; or ''."""
    if len(word) < 6 or word in _PLAIN or _place(word) or _SUBSTANCE.fullmatch(word):
        return ""
    for stem in forms(word):
        for known in (*_by_word(), *_PLAIN):
            if known[0] == stem[0] and len(known) >= 5 and _slip(stem, known):
                return known
    return ""


def _slip(wrong: str, right: str) -> bool:
    """A slip in the middle of a word; a difference in its last letters is grammar."""
    if len(wrong) == len(right):
        apart = [place for place in range(len(right)) if wrong[place] != right[place]]
        return (
            len(apart) == 2
            and apart[1] == apart[0] + 1
            and wrong[apart[0]] == right[apart[1]]
            and wrong[apart[1]] == right[apart[0]]
        )
    longer, shorter = (wrong, right) if len(wrong) > len(right) else (right, wrong)
    if len(longer) != len(shorter) + 1 or longer[-1] != shorter[-1]:
        return False
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(1, len(longer) - 1))
