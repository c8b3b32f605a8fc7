"""Rules as form fields have them: one rule, one sentence, wherever it is typed; and several values in one field."""

import re
from collections.abc import Callable
from typing import Any

from wtforms import StringField, ValidationError

from app.core.errors import BusinessError


def by_rule(parse: Callable[[str], str]) -> Callable[[Any, Any], None]:
    """A WTForms validator that reads the field with `parse` and keeps the normalised value; empty fields pass."""

    def validate(_form: Any, field: Any) -> None:
        if not field.data:
            return
        try:
            field.data = parse(field.data)
        except BusinessError as refusal:
            raise ValidationError(refusal.sentence) from refusal

    return validate


class WordList(StringField):
    """A list of short values in one line, with commas between; each is read by a rule."""

    def __init__(self, label: Any, parse: Callable[[str], str], **more: Any) -> None:
        super().__init__(label, **more)
        self.parse, self.typed = parse, ""

    def _value(self) -> str:
        return self.typed or ", ".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        """The values out of what was typed; ValueError with the rule's sentence, and what was typed stays on the page."""
        self.typed = valuelist[0] if valuelist else ""
        found = [word for word in re.split(r"[,;\s]+", self.typed) if word]
        try:
            self.data = list(dict.fromkeys(map(self.parse, found)))
        except BusinessError as refusal:
            raise ValueError(refusal.sentence) from refusal
