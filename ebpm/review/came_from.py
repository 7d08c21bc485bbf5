"""What an executed notebook says it comes from, beside what it comes from now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ebpm.errors import EbpmError
from ebpm.review.findings import Finding, Status
from ebpm.texts import LANGUAGES, Words, label

OF_RESULTS = ("code", "environment")
"""Compared with the results: those of the rerun are remarked on."""
SHORT = 12


def findings(pilot: str, source: Path, stored: str, results: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield, for each digest that an executed notebook carries, whether it is that of what stands there now.

    Parameters
    ----------
    pilot : its name.
    source : of the notebook.
    stored : text of the executed notebook.
    results : results.json of the pilot, whose code and environment the notebook must share.
    """
    from ebpm.notebooks import DIGESTS, came_from

    name = source.with_suffix(".ipynb").name
    told = json.loads(stored).get("metadata", {}).get(DIGESTS)
    if not isinstance(told, dict):
        yield Finding(pilot, "file", f"{name} [digests]", "missing", note=_note("verify_no_digests"))
        return
    try:
        found = _flat(came_from(source))
    except EbpmError as error:
        note: Words = {lang: error.explain(lang) for lang in LANGUAGES}
        yield Finding(pilot, "file", f"{name} [digests]", "missing", note=note)
        return
    before = _flat(told)
    for key in sorted({*before, *found}):
        now = found.get(key, "")
        if key in OF_RESULTS:
            now = results.get("digests", {}).get(key, before.get(key, now))
        yield _compared(pilot, f"{name} [{key}]", before.get(key, ""), now)


def _compared(pilot: str, place: str, before: str, after: str) -> Finding:
    if before == after:
        return Finding(pilot, "file", place, "reproduced", before[:SHORT], after[:SHORT])
    status: Status = "differs" if before and after else "missing" if after else "extra"
    return Finding(pilot, "file", place, status, before[:SHORT], after[:SHORT], _note("verify_other_digest"))


def _flat(tree: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Return the digests of a tree by their paths."""
    found: dict[str, str] = {}
    for name, value in tree.items():
        path = f"{above}{name}"
        found |= _flat(value, f"{path}.") if isinstance(value, Mapping) else {path: str(value)}
    return found


def _note(code: str) -> dict[str, str]:
    return {lang: label(code, lang) for lang in LANGUAGES}
