"""plan.lock: what was decided before the outcomes were read, in full and with its digests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from ebpm import __version__
from ebpm.errors import SpecError
from ebpm.pilot.planning.reads import OutcomeRead, reads_of
from ebpm.pilot.spec import PilotSpec
from ebpm.records import code_digest, digest_of, write_whole
from ebpm.spec import Date, Spec, Text

FILE = "plan.lock"
Plain = dict[str, Any]


class Code(Spec):
    """The version of this library and the SHA-256 of its files."""

    version: str
    digest: str


class PlanLock(Spec):
    """The whole of plan.lock; `digest` is over everything else in it."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    pilot: str
    frozen: Date
    """Day on which it was frozen; a register or version control has to vouch for it."""
    outcomes_seen: bool
    """Whether the outcomes had been seen by then: it is a record of the plan, but no promise made beforehand."""
    seen_because: Text | None = None
    reads: tuple[OutcomeRead, ...] = ()
    """Readings of outcomes that were forced before."""
    code: Code
    digests: dict[str, str]
    """SHA-256 of each part of the plan."""
    plan: Plain
    digest: str = ""

    def sealed(self) -> PlanLock:
        """Return the lock with its digest."""
        return self.model_copy(update={"digest": digest_of(self._content())})

    def _content(self) -> Plain:
        return self.model_dump(mode="json", by_alias=True, exclude={"digest"})

    @property
    def broken(self) -> tuple[str, ...]:
        """The parts whose digest is not that of their content."""
        parts = [name for name, part in self.plan.items() if self.digests.get(name) != digest_of(part)]
        missing = [name for name in self.digests if name not in self.plan]
        whole = [] if parts or missing or self.digest == digest_of(self._content()) else [FILE]
        return (*parts, *missing, *whole)

    def text(self) -> str:
        """Return the content of the file."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=1) + "\n"


def parts(spec: PilotSpec) -> dict[str, Plain]:
    """Return what is frozen of a pilot, by part, with lists by the names of their members.

    Titles, limits, references and the notebook are no part of the plan; what equals its default is left out, so that a
    newer schema reads an older lock.
    """
    whole = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    plan = {one.id: _dumped(one) for one in spec.plan}
    margins = {name: one.pop("margin") for name, one in plan.items() if "margin" in one}
    return {
        "question": {"question": whole["question"], "link": whole.get("link", {})},
        "estimand": whole["estimand"],
        "design": whole["design"],
        "contract": {one["id"]: _contract(one) for one in whole["data"]},
        "analyses": plan,
        "derived": _named(whole.get("derive", ()), ("data", "column")),
        "checks": _named(whole.get("checks", ()), ("routine", "data", "column")),
        "margins": margins,
        "disclosure": whole["disclosure"],
        "published": _named(whole.get("published", ()), ("analysis", "term", "column")),
    }


def _dumped(one: Spec) -> Plain:
    return one.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _contract(dataset: Plain) -> Plain:
    columns = {one["name"]: one for one in dataset["columns"]}
    rules = {one["id"]: one for one in dataset.get("rules", ())}
    return dataset | {"columns": columns} | ({"rules": rules} if rules else {})


def _named(members: Iterable[Plain], keys: tuple[str, ...]) -> Plain:
    """Return the members of a list by what names them; the second of a name has a number."""
    seen: Counter[str] = Counter()
    found = {}
    for one in members:
        name = " ".join(str(one[key]) for key in keys)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} #{seen[name]}"] = one
    return found


def frozen(spec: PilotSpec, folder: Path, *, seen: Text | None = None, on: str = "") -> PlanLock:
    """Return the lock of a plan.

    Parameters
    ----------
    spec : of the pilot.
    folder : of the pilot, where a record of forced readings may stand.
    seen : how the outcomes came to be seen before; None where they were not.
    on : the day, in ISO form; today in UTC where empty.
    """
    plan = parts(spec)
    reads = reads_of(folder)
    return PlanLock(
        pilot=spec.id,
        frozen=on or datetime.now(UTC).date().isoformat(),
        outcomes_seen=bool(seen or reads),
        seen_because=seen,
        reads=reads,
        code=Code(version=__version__, digest=code_digest()),
        digests={name: digest_of(part) for name, part in plan.items()},
        plan=plan,
    ).sealed()


def freeze(spec: PilotSpec, folder: Path, *, seen: Text | None = None, on: str = "") -> PlanLock:
    """Write plan.lock and return it.

    Raises
    ------
    SpecError : if the plan is frozen already; if results show that the outcomes have been seen and `seen` does not say so;
        if a text is as the scaffold left it, in brackets; if `on` is no date.
    DataError : if the folder cannot be written.
    """
    file = folder / FILE
    if file.exists():
        raise SpecError("plan_frozen_already", pilot=spec.id, frozen=read_lock(file).frozen)
    if (folder / "results" / "results.json").exists() and seen is None:
        raise SpecError("plan_seen_before", pilot=spec.id)
    if unwritten := tuple(_unwritten(parts(spec))):
        raise SpecError("plan_unwritten", pilot=spec.id, places=", ".join(unwritten))
    try:
        lock = frozen(spec, folder, seen=seen, on=on)
    except ValidationError:
        raise SpecError("spec_bad_date", value=on) from None
    write_whole(file, lock.text().encode())
    return lock


def _unwritten(part: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of texts that stand in brackets whole, as in a scaffold."""
    if isinstance(part, str) and part.startswith(("(", "（")) and part.endswith((")", "）")):
        yield path
    members = part.items() if isinstance(part, Mapping) else enumerate(part) if isinstance(part, list) else ()
    for name, member in members:
        yield from _unwritten(member, f"{path}.{name}" if path else str(name))


def lock_of(folder: Path) -> PlanLock | None:
    """Return the lock of a pilot's folder; None where its plan has not been frozen."""
    file = folder / FILE
    return read_lock(file) if file.exists() else None


def read_lock(file: Path) -> PlanLock:
    """Return a lock whose digests are right.

    Raises
    ------
    SpecError : if the file is no lock, or was changed after it was written; the message names the parts.
    """
    try:
        content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        lock = PlanLock.model_validate(content)
    except (ValueError, TypeError) as failure:
        reason = str(failure).splitlines()[0]
        raise SpecError("lock_not_read", file=file.name, folder=file.parent.name, reason=reason) from None
    if lock.broken:
        raise SpecError("lock_changed", file=file.name, folder=file.parent.name, parts=", ".join(lock.broken))
    return lock
