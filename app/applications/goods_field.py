"""All goods lines of the filing page in one field: as the sheet sends them, or as plain fields when no script runs."""

import json
import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from wtforms import Field
from wtforms.utils import unset_value

from app.applications.goods_columns import BLANK, BY_NAME, MOST, NAMES
from app.infra.sentences import part, translated

MANY = 20  # lines beyond which the page holds them once, as the sheet's data, and plain fields only when they are asked for
MOST_KEPT = 2_000  # more lines than that are not even shown again
UNREADABLE = "The goods lines could not be read. Reload the page and try again; what was saved before is unchanged."

Line = dict[str, str]


class GoodsField(Field):
    """The goods lines as people typed them; WTForms would make thirteen fields of each, 6,500 objects for 500 lines."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, **more)
        self.data: list[Line] = []
        self.unread = ""  # why the sheet could not be read
        self.looked: Any = None  # what a file would do that was looked at on this page
        self.by_script = False  # whether the page that was sent ran the sheet
        self.faults: dict[tuple[int, str], list[str]] = {}
        self.free: set[tuple[int, str]] | None = None  # the cells that may be changed; None for all, and for lines more or less

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """What was sent; else what is shown; else one empty line."""
        self.faults, self.unread = {}, ""
        self.data = [dict(BLANK)]
        if formdata:
            text = formdata.get(self.name, "")
            self.by_script = bool(text)
            self.data = (self._from_sheet(text) if text else self._from_fields(formdata)) or self.data
        elif data is not unset_value and data is not None:
            self.show(data)

    def show(self, rows: Sequence[dict[str, Any]]) -> None:
        """Show these lines instead."""
        self.data = [{name: str(row.get(name, "")) for name in NAMES} for row in rows] or [dict(BLANK)]

    def as_sheet(self) -> str:
        """The lines for the sheet."""
        return as_sheet(self.data)

    def is_free(self, index: int, name: str) -> bool:
        """May this cell be changed on the page?"""
        return self.free is None or (index, name) in self.free

    def free_cells(self) -> str:
        """The cells that may be changed, for the sheet: [[line, column], ...] as JSON; nothing when all may."""
        return "" if self.free is None else json.dumps([[index, NAMES.index(name)] for index, name in sorted(self.free)])

    def filled(self) -> list[Line]:
        """The lines without the empty ones at the end, which nobody means; at least one."""
        last = next((n for n, line in reversed([*enumerate(self.data)]) if not _is_blank(line)), 0)
        return self.data[: last + 1]

    def take(self, text: str, how: str) -> str:
        """Put in the lines of a file that was looked at, in place of these or below them; a sentence when that cannot be."""
        before, self.unread = ([] if how == "replace" else [line for line in self.data if not _is_blank(line)]), ""
        taken = self._from_sheet(text)
        if self.unread or not taken:
            self.unread = ""
            return str(gettext("The lines of the file are no longer at hand. Choose it again."))
        if len(before) + len(taken) > MOST:
            more = len(before) + len(taken)
            return str(gettext("That would be %(more)s lines; at most %(most)s fit on one certificate.", more=more, most=MOST))
        self.data = [*before, *taken]
        return ""

    def add(self) -> None:
        """One more empty line."""
        self.data.append(dict(BLANK))

    def remove(self, index: int) -> None:
        """One line less; the last one is emptied instead."""
        if 0 <= index < len(self.data):
            del self.data[index]
        self.data = self.data or [dict(BLANK)]

    def place(self, index: int, name: str, sentence: str) -> tuple[str, str, str] | None:
        """Put a fault into its cell: the cell's id, the sentence as the list on top says it, and as the cell does, which need not
        name the line. All in the reader's language. None when there is no such cell.
        """
        if index >= len(self.data) or name not in BY_NAME:
            return None
        line = f"Goods line {index + 1}"
        bare = translated(sentence).removeprefix(f"{line}: ").removeprefix(f"{part(line)}: ")
        self.faults.setdefault((index, name), []).append(bare)
        where = gettext("Goods line %(line)s, %(column)s:", line=index + 1, column=BY_NAME[name].label)
        return f"{self.id}-{index}-{name}", f"{where} {bare}", bare

    def told(self) -> str:
        """The faults as the sheet reads them: line, column, sentence."""
        return json.dumps([[line, NAMES.index(name), " ".join(found)] for (line, name), found in self.faults.items()])

    def _from_sheet(self, text: str) -> list[Line]:
        try:
            lines = json.loads(text)
        except (ValueError, RecursionError):
            lines = None
        if not (isinstance(lines, list) and len(lines) <= MOST_KEPT and all(_is_line(line) for line in lines)):
            self.unread = UNREADABLE
            return []
        return [dict(zip(NAMES, line, strict=True)) for line in lines]

    def _from_fields(self, formdata: Any) -> list[Line]:
        named = re.compile(rf"{re.escape(self.name)}-([0-9]{{1,4}})-([a-z_]+)", re.ASCII)
        found: dict[int, Line] = {}
        for key in formdata:
            if (split := named.fullmatch(key)) and split[2] in BY_NAME:
                found.setdefault(int(split[1]), dict.fromkeys(NAMES, ""))[split[2]] = formdata.getlist(key)[0]
        return [found[number] for number in sorted(found)]


def as_sheet(lines: Sequence[Line]) -> str:
    """Lines as the sheet reads and sends them: a list of texts for each, in the order of the columns."""
    return json.dumps([[line[name] for name in NAMES] for line in lines], ensure_ascii=False, separators=(",", ":"))


def _is_blank(line: Line) -> bool:
    """Nothing in it but what a new line begins with."""
    return not any(text.strip() for name, text in line.items() if name not in {"origin_country", "invoice"})


def _is_line(line: Any) -> bool:
    return isinstance(line, list) and len(line) == len(NAMES) and all(isinstance(text, str) for text in line)
