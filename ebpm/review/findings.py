"""What verifying found: one line a number, table, figure, output or file, and where each number comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ebpm.table import Table
from ebpm.texts import Words, label, words

Status = Literal["reproduced", "within_tolerance", "differs", "missing", "extra", "not_run", "tampered", "around"]
Kind = Literal["number", "word", "table", "figure", "text", "file", "output", "door"]
GOOD: tuple[Status, ...] = ("reproduced", "within_tolerance")
BAD: tuple[Status, ...] = ("differs", "missing", "extra", "tampered", "around")
STATUSES: tuple[Status, ...] = (*GOOD, "not_run", *BAD)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was claimed or found.

    Parameters
    ----------
    pilot : its name; empty for the bundle as a whole.
    kind : what it is.
    place : path in results.json, caption of a table, cell of a notebook, name of a file.
    status : how the claim compares with the rerun.
    claimed, found : as text; empty where there is none.
    note : what a reader needs to know besides.
    """

    pilot: str
    kind: Kind
    place: str
    status: Status
    claimed: str = ""
    found: str = ""
    note: Words = ""

    @property
    def bad(self) -> bool:
        return self.status in BAD


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number comes from.

    Parameters
    ----------
    pilot : its name.
    number : path in results.json.
    value : as printed.
    plan : file and line of the analysis in the plan.
    routine : the routine that computed it.
    cells : notebook, cell and line of its source for each cell that prints it.
    """

    pilot: str
    number: str
    value: str
    plan: str
    routine: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a pilot or a bundle found.

    Parameters
    ----------
    name : of the pilot or of the file.
    findings : in order.
    origins : where each number comes from.
    remarks : on the code and the environment, in both languages.
    """

    name: str
    findings: tuple[Finding, ...]
    origins: tuple[Origin, ...] = ()
    remarks: tuple[Words, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing differs, is missing, is extra, was tampered with or goes around the door."""
        return not self.bad

    @property
    def bad(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.bad)

    def answer(self, lang: str | None = None) -> str:
        """Return in a word or two whether it reproduced; where no number was run again, that nothing is known."""
        if not self.ok:
            return label("verify_bad", lang)
        ran = any(one.kind == "number" and one.status in GOOD for one in self.findings)
        withheld = any(one.kind == "number" and one.status == "not_run" for one in self.findings)
        return label("verify_ok" if ran or not withheld else "verify_none", lang)

    def sentence(self, lang: str | None = None) -> str:
        """Return how many were found in each state."""
        counted = Counter(one.status for one in self.findings)
        parts = [f"{label(f'status_{one}', lang)} {counted[one]}" for one in STATUSES if counted[one]]
        return f"{self.name}: {self.answer(lang)} – {', '.join(parts)}"

    def counts(self, lang: str | None = None) -> Table:
        """Return how many of each kind are in each state."""
        counted = Counter((one.kind, one.status) for one in self.findings)
        rows = tuple(
            (label(f"kind_of_{kind}", lang), label(f"status_{status}", lang), n)
            for (kind, status), n in sorted(counted.items())
        )
        return Table(("verify_kind", "verify_status", "verify_count"), rows, label("table_verify_counts", lang))

    def table(self, lang: str | None = None, findings: Iterable[Finding] | None = None) -> Table:
        """Return the findings, all or some."""
        shown = self.findings if findings is None else findings
        columns = (
            "verify_place",
            "verify_pilot",
            "verify_kind",
            "verify_status",
            "verify_claimed",
            "verify_found",
            "verify_note",
        )
        rows = tuple(
            (one.place, one.pilot, label(f"kind_of_{one.kind}", lang), label(f"status_{one.status}", lang), one.claimed,
             one.found, words(one.note, lang))
            for one in shown
        )  # fmt: skip
        return Table(columns, rows, label("table_verify" if findings is None else "section_verify_bad", lang))

    def map(self, lang: str | None = None) -> Table:
        """Return where each number comes from."""
        rows = tuple(
            (one.number, one.pilot, one.value, one.plan, one.routine, "; ".join(one.cells) or "–")
            for one in self.origins
        )
        columns = ("verify_number", "verify_pilot", "verify_value", "verify_plan", "routine", "verify_cells")
        return Table(columns, rows, label("table_verify_map", lang))

    def record(self) -> Mapping[str, Any]:
        """Return it as plain values."""
        return {
            "schema": 1,
            "name": self.name,
            "ok": self.ok,
            "counts": dict(sorted(Counter(one.status for one in self.findings).items())),
            "findings": [asdict(one) | {"note": words(one.note, "en")} for one in self.findings],
            "map": [asdict(one) for one in self.origins],
            "remarks": [words(one, "en") for one in self.remarks],
        }
