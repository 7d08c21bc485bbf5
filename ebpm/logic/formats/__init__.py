"""Logic models in and out: workbooks that officers edit, the forms of offices, diagrams, registers, evidence cards.

A format is a file of this folder and a line in `FORMATS`; what can be read back stands in `READERS` too.

Examples
--------
>>> import ebpm
>>> from ebpm.logic import formats
>>> model = ebpm.read_logic_model("logic_models/bicycle_insurance.yaml")
>>> [file.name for file in formats.export(model, "dot")]
['bicycle_insurance.dot']
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.errors import SpecError, did_you_mean
from ebpm.logic.formats import (
    canonical,
    cards,
    dagitty,
    dot,
    excel,
    excel_reading,
    iati,
    jigyo,
    layouts,
    readable,
    review,
)
from ebpm.logic.formats.changes import Change, Changes, compare
from ebpm.logic.formats.files import File, Format, Wish, load, one
from ebpm.spec.reading import decode

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

FORMATS: dict[str, Format] = {
    "xlsx": Format(one(".xlsx", lambda model, wish: excel.to_excel(model, wish.lang))),
    "json": Format(one(".json", lambda model, _: canonical.to_json(model))),
    "cards": Format({"": lambda model, wish: cards.to_cards(model, wish.lang)}),
    "markdown": Format(one(".md", lambda model, wish: readable.to_markdown(model, wish.lang))),
    "mermaid": Format(one(".mmd", lambda model, wish: model.to_mermaid(wish.lang))),
    "dot": Format(one(".dot", lambda model, wish: dot.to_dot(model, wish.lang))),
    "dagitty": Format(one(".txt", lambda model, wish: dagitty.to_dagitty(model, wish.lang, link=wish.link))),
    "iati": Format(one(".xml", lambda model, wish: iati.to_iati(model, wish.lang))),
    "jigyo": Format(
        one(".xlsx", lambda model, wish: layouts.to_workbook(jigyo.page(model, wish.lang)))
        | one(".md", lambda model, wish: layouts.to_markdown(jigyo.page(model, wish.lang)))
    ),
    "review": Format(
        one(".xlsx", lambda model, wish: layouts.to_workbook(review.page(model, wish.lang)))
        | one(".md", lambda model, wish: layouts.to_markdown(review.page(model, wish.lang)))
    ),
}


def export(model: LogicModel, to: str, *, suffix: str = "", wish: Wish = Wish()) -> tuple[File, ...]:  # noqa: B008
    """Return a model in another form, as one file or several.

    Parameters
    ----------
    model : the logic model.
    to : a name of `FORMATS`.
    suffix : of the file, where the format has more than one (".md"); its usual one where empty.
    wish : language, and the link in question.

    Raises
    ------
    SpecError : if there is no such format, or the model cannot be written in it.
    """
    if to not in FORMATS:
        raise SpecError("formats_unknown", name=to, known=", ".join(FORMATS), near=did_you_mean(to, FORMATS))
    writers = FORMATS[to].writers
    return writers.get(suffix, next(iter(writers.values())))(model, wish)


def _from_excel(path: Path, into: LogicModel) -> LogicModel:
    return excel_reading.from_excel(load(path).data, into, name=path.name)


def _from_json(path: Path, into: LogicModel) -> LogicModel:
    return canonical.of_model(
        canonical.from_json(decode(load(path).data, path.name), name=path.name), into, name=path.name
    )


def _from_cards(path: Path, into: LogicModel) -> LogicModel:
    files = sorted(path.glob("*.md")) if path.is_dir() else [path]
    if not files:
        raise SpecError("formats_no_cards", folder=str(path))
    return cards.from_cards(map(load, files), into)


READERS: dict[str, Callable[[Path, LogicModel], LogicModel]] = {
    ".xlsx": _from_excel,
    ".json": _from_json,
    ".md": _from_cards,
    "": _from_cards,
}


def changes(path: Path | str, into: LogicModel) -> Changes:
    """Return what a file that came back would change in a model; nothing is changed before `Changes.accept`.

    Parameters
    ----------
    path : a workbook, canonical JSON, an evidence card or a folder of them.
    into : the model that it came from.

    Raises
    ------
    SpecError : with every problem of the file, each with its place and its remedy.
    """
    file = Path(path)
    suffix = "" if file.is_dir() else file.suffix.lower()
    if suffix not in READERS or (suffix == "" and not file.is_dir()):
        raise SpecError("formats_unreadable", file=file.name, known=", ".join(filter(None, READERS)))
    after = READERS[suffix](file, into)
    stale = suffix == ".xlsx" and excel_reading.exported_from(load(file).data) != canonical.fingerprint(into)
    return compare(into, after, stale=stale)


__all__ = ["FORMATS", "READERS", "Change", "Changes", "File", "Format", "Wish", "changes", "compare", "export"]
