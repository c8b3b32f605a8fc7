"""Finds the sentences that the rules say, for the translators: a refusal is plain text in the code, not a call to be translated.

Used by pybabel (see pyproject.toml). What stands between braces in an f-string becomes {0}, {1} …; app/infra/sentences.py finds
the sentence again by its words when it is shown.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_python

# Programs and operators read these, not people at a screen; or they are printed or signed, which is done in English.
NOT_SHOWN = (
    "app/bench.py", "app/cli.py", "app/demo/", "app/handbook.py", "app/core/configuration.py", "app/exporters/scim", "sandbox",
    "app/infra/db.py", "app/infra/fonts.py", "app/infra/health.py", "app/infra/migrations/", "app/infra/words",
    "app/certificates/boxes.py", "app/certificates/drawing.py", "app/certificates/ornaments.py", "app/certificates/render.py",
    "app/certificates/trail_pdf.py", "app/signing/desk_agent/", "app/signing/judge.py", "app/signing/testca.py",
    "app/wallet/statement_pdf.py", "app/agencies/sample.py", "app/applications/submitting.py",
)  # fmt: skip
# What stands beside them in the catalogue, as a comment from the source.
SAID, PART = "a sentence that is told", "a part of sentences"
ELSEWHERE = {"_", "gettext", "ngettext", "lazy_gettext", "N_", "info", "warning", "error", "exception", "debug", "RuntimeError",
             "LookupError", "ClickException", "compile"}  # fmt: skip
# Refusals: what they are made of is told to people.
REFUSALS = {"BusinessError", "WrongState", "NotAllowed", "NotFound", "Fault", "NotYet", "fault"}
# Notices: their words are given to these, and the first ones put the application's number behind them.
NUMBERED = {"tell_firm", "tell_firms", "tell_officer", "_tell_own_people"}
NOTICES = NUMBERED | {"tell", "_tell_firm", "_tell_people"}
SENTENCE = re.compile(r".*[a-z].*[.?!»]", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")
LEAST_WORDS = 3


def template(node: ast.AST) -> str:
    """A text as it stands in the code, with {0}, {1} … for what is put in; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts, number = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{number}}}")
            number += 1
    return "".join(parts)


def is_sentence(text: str) -> bool:
    """Whether this is told to people: words, with a full stop at the end; the name of a firm is none."""
    return " " in text and not text.endswith(" Ltd.") and has_words(text) and SENTENCE.fullmatch(text) is not None


def has_words(text: str) -> bool:
    """Whether it says enough to be told from others by what stands between its holes."""
    return len(WORD.findall(re.sub(r"{\w*}", "", text))) >= LEAST_WORDS


def refused(node: ast.Call) -> Iterator[tuple[int, str]]:
    """(line, sentence) of what is refused here, whatever it ends in: the reason of somebody else may be put in last."""
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    for text in map(template, node.args) if name in REFUSALS else ():
        if " " in text and has_words(text):
            yield node.lineno, text


def notices(node: ast.Call) -> Iterator[tuple[int, str]]:
    """(line, words) of a notice that is given here, as people will read them."""
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    for text in map(template, node.args) if name in NOTICES else ():
        if text.endswith("}") and name in NUMBERED:
            continue  # two holes side by side: nobody can say where one ends
        if WORD.search(re.sub(r"{\w*}", "", text)) and (" " in text or text.endswith(":")):
            yield node.lineno, f"{text} {{{len(re.findall('{', text))}}}" if name in NUMBERED else text


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """(line, sentence) of a module, in order; documentation and what is translated elsewhere is left out."""
    tree = ast.parse(source)
    left_out: set[ast.AST] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        ):
            left_out.add(node.body[0].value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ELSEWHERE:
            left_out.update(ast.walk(node))
        if isinstance(node, ast.JoinedStr):
            left_out.update(each for part in node.values for each in [part] if isinstance(part, ast.Constant))
    nodes = [node for node in ast.walk(tree) if node not in left_out]
    found = {(getattr(node, "lineno", 0), template(node)) for node in nodes}
    told = {row for node in nodes if isinstance(node, ast.Call) for row in (*notices(node), *refused(node))}
    yield from sorted({(line, text) for line, text in found if is_sentence(text)} | told)


def parts(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of what is marked as put into sentences."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "P_":
            yield node.lineno, template(node.args[0])


def extract(fileobj: Any, keywords: Any, comments: Any, options: Any) -> Iterator[Any]:
    """What pybabel asks for: all that is marked for translation, and the sentences."""
    yield from extract_python(fileobj, keywords, comments, options)
    if not any(part in Path(fileobj.name).as_posix() for part in NOT_SHOWN):
        fileobj.seek(0)
        source = fileobj.read().decode()
        yield from ((line, None, text, [SAID]) for line, text in sentences(source))
        yield from ((line, None, text, [PART]) for line, text in parts(source))
