"""The kinds of fields a filing is made of; each reads strictly and says in a sentence what is wrong."""

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError, fields

from app.core import text
from app.core.errors import BusinessError
from app.infra import charset

MISSING = "This is missing: fill it in."


class Text(fields.Field):
    """Words as people type them: trimmed, NFC, printable with the certificate's typeface, not longer than it may be."""

    def __init__(self, limit: int, *, lines: bool = False, blank: bool = False, **more: Any) -> None:
        self.limit, self.lines, self.blank = limit, lines, blank
        more.setdefault("metadata", {"type": "string", "maxLength": limit})
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("This must be text.")
        try:
            cleaned = text.clean(value, self.limit, multiline=self.lines)
        except BusinessError as refusal:
            raise ValidationError(refusal.sentence) from refusal
        if not cleaned and not self.blank:
            raise ValidationError(MISSING)
        if problem := charset.unprintable(cleaned, lines=self.lines):
            raise ValidationError(f"This contains {problem}, which cannot be printed on a certificate. Write it in words.")
        return cleaned


class Code(fields.Field):
    """A code read by one of the identifier rules, which say in a sentence what is wrong with it."""

    def __init__(self, parse: Callable[[str], str], *, blank: bool = False, **more: Any) -> None:
        self.parse, self.blank = parse, blank
        more.setdefault("metadata", {"type": "string"})
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("This must be text.")
        if len(value) > 100:
            raise ValidationError("This is too long for a code.")
        if not value.strip():
            if self.blank:
                return ""
            raise ValidationError(MISSING)
        try:
            return self.parse(value)
        except BusinessError as refusal:
            raise ValidationError(refusal.sentence) from refusal


class Listed(Code):
    """A code out of a list."""

    def __init__(self, values: Callable[[], Mapping[str, Any]], otherwise: str, **more: Any) -> None:
        def parse(value: str) -> str:
            code = value.strip().upper()
            if code not in values():
                raise BusinessError(otherwise.format(value=value.strip()[:20]))
            return code

        super().__init__(parse, **more)


class Number(fields.Field):
    """An exact number with at most `places` decimals; text or a JSON number, never a rounded one."""

    def __init__(self, places: int, *, positive: bool = False, **more: Any) -> None:
        self.places, self.positive = places, positive
        more.setdefault("metadata", {"type": "string", "example": "18432.00"})
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValidationError("This must be a number, such as 18432.00.")
        written = str(value).strip()
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", written, re.ASCII):
            raise ValidationError("This must be a plain number of at most 12 digits before the point, such as 18432.00.")
        try:
            number = Decimal(written)
        except InvalidOperation as error:  # pragma: no cover  the pattern above admits only numbers
            raise ValidationError("This must be a number.") from error
        if number != number.quantize(Decimal(1).scaleb(-self.places)):
            raise ValidationError(f"This has more than {self.places} decimals. Round it.")
        if self.positive and number == 0:
            raise ValidationError("This must be more than zero.")
        return number.quantize(Decimal(1).scaleb(-self.places))


class Whole(fields.Field):
    """A whole number between two bounds."""

    def __init__(self, low: int, high: int, **more: Any) -> None:
        self.low, self.high = low, high
        more.setdefault("metadata", {"type": "integer", "minimum": low, "maximum": high})
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("This must be a whole number.")
        if not self.low <= value <= self.high:
            raise ValidationError(f"This must be between {self.low:,} and {self.high:,}.")
        return value


class Day(fields.Field):
    """A date as 2026-08-14."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("metadata", {"type": "string", "format": "date"})
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime.date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            raise ValidationError("This must be a date written as 2026-08-14.")
        try:
            day = datetime.date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError("There is no such day in the calendar.") from error
        if not 1990 <= day.year <= 2100:
            raise ValidationError("The year cannot be right.")
        return day


class Choice(fields.Field):
    """One of a few words."""

    def __init__(self, *words: str, **more: Any) -> None:
        self.words = words
        more.setdefault("metadata", {"type": "string", "enum": list(words)})
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if value not in self.words:
            raise ValidationError(f"This must be one of {', '.join(self.words)}.")
        return str(value)


class Tick(fields.Field):
    """Yes or no."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("metadata", {"type": "boolean"})
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("This must be true or false.")
        return value


class Many(fields.List):
    """A list with an upper bound; the length is looked at before anything in it."""

    def __init__(self, inner: fields.Field, limit: int, *, least: int = 0, what: str = "entries", **more: Any) -> None:
        self.limit, self.least, self.what = limit, least, what
        super().__init__(inner, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("This must be a list.")
        if len(value) > self.limit:
            raise ValidationError(f"There are {len(value)} {self.what}; at most {self.limit} fit on one certificate.")
        if len(value) < self.least:
            raise ValidationError(f"At least {self.least} of these {self.what} is needed.")
        return super()._deserialize(value, attr, data, **kwargs)
