"""An identifier rule as the validator of a form field: one rule, one sentence, wherever it is typed."""

from collections.abc import Callable
from typing import Any

from wtforms import ValidationError

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
