"""Where a plan departs from its lock: found by comparison, each with its reason or with none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ebpm import spec as specs
from ebpm.pilot.planning.lock import PlanLock, parts
from ebpm.pilot.spec import PilotSpec
from ebpm.spec import Date, Spec, Text
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label, words

FILE = "deviations.yaml"
Kind = Literal["added", "removed", "changed", "reworded"]
READ_ONLY = {"title", "label", "why", "source"}
"""Words for readers: another wording of them changes no number."""
SHOWN = 160


class Reason(Spec):
    """Why the plan departs from its lock at a path, or at everything below it."""

    path: str
    reason: Text
    on: Date | None = None


class Reasons(Spec):
    """The whole of deviations.yaml."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where the plan is not what was frozen.

    Parameters
    ----------
    path : part, name and keys, joined by points.
    kind : added, removed, changed, or reworded where only words for readers differ.
    before, after : plain values; None where there was nothing.
    reason : what deviations.yaml says about it; None where it says nothing.
    primary : whether the primary result rests on it.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    reason: Text | None
    primary: bool

    def said(self, lang: str | None = None) -> str:
        """Return its reason, or that there is none."""
        return self.reason.words(lang) if self.reason else label("deviation_no_reason", lang)

    @property
    def said_kind(self) -> dict[str, str]:
        """Its kind in both languages."""
        return {lang: label(f"deviation_{self.kind}", lang) for lang in LANGUAGES}

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        reason = self.reason.model_dump() if self.reason else None
        return {"path": self.path, "kind": self.kind, "before": self.before, "after": self.after, "reason": reason}


@dataclass(frozen=True, slots=True)
class Deviations:
    """All departures of a plan from its lock.

    Parameters
    ----------
    items : in the order of their paths.
    idle : paths of deviations.yaml at which nothing departs.
    """

    items: tuple[Deviation, ...] = ()
    idle: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Deviation]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def table(self, lang: str | None = None) -> Table:
        """Return path, kind, before, after and reason."""
        rows = tuple(
            (one.path, label(f"deviation_{one.kind}", lang), _shown(one.before, lang), _shown(one.after, lang),
             one.said(lang))
            for one in self.items
        )  # fmt: skip
        columns = ("deviation_path", "deviation_kind", "deviation_before", "deviation_after", "deviation_reason")
        return Table(columns, rows, label("table_deviations", lang))


def deviations(lock: PlanLock, spec: PilotSpec, reasons: Sequence[Reason] = ()) -> Deviations:
    """Return where a plan departs from its lock.

    Parameters
    ----------
    lock : the frozen plan.
    spec : the plan as it is.
    reasons : of deviations.yaml; the longest path that covers a departure is its reason.
    """
    primary = _primary(lock.plan.get("analyses", {})) | _primary(parts(spec)["analyses"])
    found, used = [], set()
    for path, kind, before, after in _differences(lock.plan, parts(spec), ()):
        name = ".".join(path)
        reason = max((one for one in reasons if _covers(one.path, name)), key=lambda one: len(one.path), default=None)
        used |= {one.path for one in reasons if _covers(one.path, name)}
        found.append(Deviation(name, kind, before, after, reason.reason if reason else None, _rests(path, primary)))
    items = tuple(sorted(found, key=lambda one: (one.kind == "reworded", one.path)))
    return Deviations(items, tuple(one.path for one in reasons if one.path not in used))


def reasons_of(folder: Path) -> tuple[Reason, ...]:
    """Return the reasons of a pilot's folder."""
    file = folder / FILE
    return specs.read(file, Reasons).reasons if file.exists() else ()


def _primary(analyses: Mapping[str, Any]) -> set[str]:
    """Return the names of the primary analyses and of the tables that they use."""
    chosen = {name: one for name, one in analyses.items() if one.get("role") == "primary"}
    return {*chosen, *(str(one.get("data")) for one in chosen.values())}


def _rests(path: tuple[str, ...], primary: set[str]) -> bool:
    """Whether the primary result rests on what stands at a path."""
    if path[0] in {"analyses", "margins", "contract", "derived"}:
        return len(path) < 2 or path[1] in primary or path[1].partition(" ")[0] in primary
    return path[0] in {"question", "estimand", "design"}


def _covers(reason: str, path: str) -> bool:
    return path == reason or path.startswith(f"{reason}.")


def _differences(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Kind, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not (_words(before) or _words(after)):
        for key in sorted({*before, *after}):
            if key not in after:
                yield (*path, key), "removed", before[key], None
            elif key not in before:
                yield (*path, key), "added", None, after[key]
            else:
                yield from _differences(before[key], after[key], (*path, key))
    elif before != after:
        yield path, "reworded" if _reworded(before, after, path) else "changed", before, after


def _words(value: Mapping[str, Any]) -> bool:
    return bool(value) and value.keys() <= set(LANGUAGES)


def _reworded(before: Any, after: Any, path: tuple[str, ...]) -> bool:
    said = all(isinstance(one, Mapping) and _words(one) for one in (before, after))
    return said and path[-1] in READ_ONLY


def _shown(value: Any, lang: str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, Mapping) and (_words(value) or "title" in value):
        text = words(value.get("title", value), lang)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
