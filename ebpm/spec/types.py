"""The types that declarations are made of."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import core_schema

from ebpm.spec.problems import Wrong
from ebpm.texts import words


class Spec(BaseModel):
    """A frozen declaration that refuses what it does not know.

    Fields that hold a sequence are tuples; a YAML number is never taken for a text, nor a text for a number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Text(Spec):
    """Words in Japanese and English; a plain string stands for both.

    Examples
    --------
    >>> from ebpm.spec import Text
    >>> Text(ja="成果", en="outcome").words("en")
    'outcome'
    """

    ja: str = ""
    en: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"ja": value, "en": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _said(self) -> Text:
        if not (self.ja.strip() or self.en.strip()):
            raise Wrong("spec_no_words")
        return self

    def words(self, lang: str | None = None) -> str:
        """Return the words in one language, or the other where that one is empty."""
        return words({"ja": self.ja, "en": self.en}, lang)

    def __str__(self) -> str:
        return self.words()

    def __format__(self, spec: str) -> str:
        return format(self.words(), spec)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}


_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def _date(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    text = str(value)
    if not _DATE.fullmatch(text) or not _in_calendar(text):
        raise Wrong("spec_bad_date", value=text)
    return text


def _in_calendar(text: str) -> bool:
    from calendar import monthrange

    parts = [int(part) for part in text.split("-")]
    return len(parts) < 3 or parts[2] <= monthrange(parts[0], parts[1])[1]


_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": f"^{_DATE.pattern}$"},
        {"type": "integer", "minimum": 1000, "maximum": 9999},
    ]
}
Date = Annotated[str, BeforeValidator(_date), WithJsonSchema(_SCHEMA)]
"""A year, a month or a day in ISO form: 2019, 2019-10 or 2019-10-01; it sorts as text."""
