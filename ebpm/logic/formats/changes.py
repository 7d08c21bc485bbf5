"""What a file that came back would change in a model: a readable difference first, and the model's YAML only after it is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebpm import spec
from ebpm.errors import SpecError
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

SHEET_OF = {"edges": "links"}
Leaf = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs.

    Parameters
    ----------
    sheet : kind of the part: nodes, links, indicators and so on.
    row : id of the part; a link's two ends; "" for the model itself.
    field : keys to the value; "" where a whole part was added or removed.
    old, new : the values, "" for none; of a part that was added or removed, what it says.
    """

    sheet: str
    row: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between a model and what a file says of it.

    Parameters
    ----------
    before : the model as it is.
    after : the model as the file has it.
    changes : every value that differs.
    stale : whether the model has changed since the file was made from it.
    """

    before: LogicModel
    after: LogicModel
    changes: tuple[Change, ...]
    stale: bool = False

    def __len__(self) -> int:
        return len(self.changes)

    def table(self, lang: str | None = None) -> Table:
        """Return one row a change."""
        columns = ("change_sheet", "change_row", "change_field", "change_old", "change_new")
        rows = tuple((change.sheet, change.row, change.field, change.old, change.new) for change in self.changes)
        return Table(columns, rows, self.sentence(lang))

    def sentence(self, lang: str | None = None) -> str:
        """Return how many values differ, and whether the model moved on in the meantime."""
        code = "formats_changes" if self.changes else "formats_no_changes"
        said = label(code, lang, count=len(self), model=self.before.model.id)
        return said + (label("formats_stale_said", lang) if self.stale else "")

    def to_text(self, lang: str | None = None) -> str:
        """Return the sentence and a block of lines a change."""
        blocks = (
            label("formats_change", lang, sheet=change.sheet, row=change.row, field=change.field, old=_said(change.old, lang), new=_said(change.new, lang))
            for change in self.changes
        )  # fmt: skip
        return "\n".join((self.sentence(lang), *blocks))

    def accept(self) -> LogicModel:
        """Return the model with the changes in its YAML, whose comments and order stay.

        Raises
        ------
        SpecError : if the model has changed since the file was made from it: accepting would undo that.
        """
        if self.stale:
            raise SpecError("formats_stale", model=self.before.model.id)
        if not self.changes:
            return self.before
        text = spec.revise(self.before.to_yaml(), self.before, self.after)
        return type(self.before).loads(text, name=self.before.model.id)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.table().to_html()


def compare(before: LogicModel, after: LogicModel, *, stale: bool = False) -> Changes:
    """Return every value in which two states of a model differ.

    Parameters
    ----------
    before, after : the two states.
    stale : whether `before` has changed since `after` was taken from it.

    Examples
    --------
    >>> import ebpm
    >>> from ebpm.logic.formats import compare
    >>> model = ebpm.read_logic_model("logic_models/bicycle_insurance.yaml")
    >>> len(compare(model, model))
    0
    """
    old, new = (_parts(spec.plain(model)) for model in (before, after))
    return Changes(before, after, tuple(_differences(old, new)), stale)


Parts = dict[tuple[str, str], dict[str, str]]


def _differences(old: Parts, new: Parts) -> Iterator[Change]:
    for sheet, row in dict.fromkeys((*old, *new)):
        one, other = old.get((sheet, row)), new.get((sheet, row))
        if one is None or other is None:
            yield Change(sheet, row, "", _summary(one or {}), _summary(other or {}))
            continue
        for name in dict.fromkeys((*one, *other)):
            if one.get(name, "") != other.get(name, ""):
                yield Change(sheet, row, name, one.get(name, ""), other.get(name, ""))


def _parts(document: dict[str, Any]) -> Parts:
    found: Parts = {("model", ""): dict(_leaves(document["model"]))}
    for section, parts in document.items():
        if isinstance(parts, tuple | list):
            for place, part in enumerate(parts, 1):
                sheet = SHEET_OF.get(section, section)
                name = _row(part, place)
                row = name if (sheet, name) not in found else f"{name} ({place})"
                found[sheet, row] = dict(_leaves(part))
    return found


def _row(part: dict[str, Any], place: int) -> str:
    if "id" in part:
        return str(part["id"])
    if "from" in part:
        return f"{part['from']} -> {part['to']}"
    names = [str(part[key]) for key in ("indicator", "fiscal_year", "part", "code", "about") if key in part]
    return " ".join(names) or str(place)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, tuple | list) and any(isinstance(item, dict) for item in value):
        for place, item in enumerate(value, 1):
            yield from _leaves(item, f"{path}[{place}]")
    elif isinstance(value, tuple | list):
        yield path, ", ".join(map(str, value))
    else:
        yield path, _shown(value)


def _shown(value: Leaf) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _summary(leaves: dict[str, str]) -> str:
    return "; ".join(f"{name}: {text}" for name, text in leaves.items() if name not in {"id", "from", "to"})


def _said(text: str, lang: str | None) -> str:
    return text or label("formats_blank", lang)
