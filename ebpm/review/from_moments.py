"""A pilot verified from a moment file: by somebody who has no records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ebpm.moments import MomentFile, read_moments
from ebpm.review import numbers
from ebpm.review.findings import Finding, Verification
from ebpm.review.verify import Terms, claimed_results, remarks_on
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from ebpm.pilot import Pilot
    from ebpm.pilot.sums.answers import Answers

APART = ("versions.", "digests.code", "digests.environment")
"""What is remarked on, not compared."""
OF_ANALYSIS = re.compile(r"(?:analyses|figures)\.(\w+)")


def verify_moments(folder: Path, files: Iterable[Path], terms: Terms = Terms()) -> Verification:  # noqa: B008
    """Compute again, from moment files, every number of a pilot's results that they answer; the others are not run.

    Parameters
    ----------
    folder : of the pilot.
    files : added up where several.
    terms : how; notebooks are not executed, as they read the records.

    Raises
    ------
    SpecError : if there are no results, or they cannot be read.
    DataError : if a file cannot be read, or is of another pilot or plan.
    """
    from ebpm.pilot import read_pilot

    claimed = claimed_results(folder)
    pilot = read_pilot(folder)
    file: MomentFile = reduce(add, map(read_moments, files))
    told = pilot.answers(file)
    found = tuple(_findings(pilot.spec.id, claimed, _record(pilot, told), told, terms))
    said = _said("verify_from_moments", digest=file.digest[:12])
    return Verification(pilot.spec.id, found, (), (said, *_by_analysis(told, found), *remarks_on(claimed)))


def _by_analysis(told: Answers, found: Iterable[Finding]) -> Iterator[dict[str, str]]:
    """Yield a line for the analyses that the file answers, with how many of their numbers were computed again, and for the others."""
    again = Counter(_analysis(one.place) for one in found if one.status in {"reproduced", "within_tolerance"})
    answered = [f"{one.analysis.id} ({again[one.analysis.id]})" for one in told.results]
    stayed, needing = ([one.id for one in many] for many in (told.withheld, told.records))
    for code, names in zip(("answered", "withheld", "needing"), (answered, stayed, needing), strict=True):
        if names:
            yield _said(f"verify_moments_{code}", count=len(names), names=", ".join(names))


def _record(pilot: Pilot, told: Answers) -> dict[str, Any]:
    """Return the part of results.json that a file answers."""
    from ebpm.pilot.per_cent import record_of
    from ebpm.pilot.published import compared
    from ebpm.pilot.results import grade_of, numbers_of, published_of

    spec = pilot.spec
    record = {
        "pilot": spec.id, "kind": spec.kind, "synthetic": spec.synthetic, "digests": {"plan": pilot.plan_digest},
        **numbers_of(told.results, _adjusted(told)),
    }  # fmt: skip
    beside = published_of(compared(spec.published, told.results))
    record["published"] = [one if one["analysis"] in answered_exactly(told) else {} for one in beside]
    if all(one.id in answered_exactly(told) for one in spec.primary):
        evaluation = pilot.evaluate(told.data.file)
        record["verdict"] = {"code": evaluation.verdict.code, "margin": evaluation.verdict.margin}
        record["grade"] = grade_of(evaluation)
        record |= record_of(evaluation)
    return record


def _adjusted(told: Answers) -> Mapping[str, float]:
    """Return the adjusted p values of the secondary family where all of it is answered."""
    from ebpm.pilot.evaluation import adjusted_in

    family = [one for one in told.results if one.analysis.role == "secondary"]
    declared = [one for one in told.data.spec.plan if one.role == "secondary"]
    return adjusted_in(family) if len(family) == len(declared) else {}


def _findings(
    name: str, claimed: Mapping[str, Any], record: Mapping[str, Any], told: Answers, terms: Terms
) -> Iterator[Finding]:
    theirs = dict(numbers.leaves(claimed))
    compared = numbers.findings(name, claimed, record, tolerance=terms.tolerance)
    for found in (one for one in compared if not one.place.startswith(APART)):
        exact = _analysis(found.place) in answered_exactly(told)
        rounded = _analysis(found.place) in told.data.file.rounded
        if found.status == "differs" and rounded:
            yield _as_rounded(found, told)
        elif found.status == "missing" and not (exact and _own(found.place)):
            yield replace(found, status="not_run", note=_said("verify_rounded" if rounded else "verify_needs_records"))
        elif found.status != "extra" or (exact and f"{found.place}.unavailable" not in theirs):
            yield found


def answered_exactly(told: Answers) -> set[str]:
    """Return the analyses that a file answers from sums that were not rounded."""
    return {one.analysis.id for one in told.results} - set(told.data.file.rounded)


def _analysis(place: str) -> str:
    """Return the analysis that a place is about; empty where it is about none."""
    match = OF_ANALYSIS.match(place)
    return match.group(1) if match else ""


def _own(place: str) -> bool:
    """Whether a number follows from its own analysis: an adjusted p value needs its family, a withheld number was not computed."""
    return not place.endswith((".p_adjusted", ".unavailable"))


def _as_rounded(found: Finding, told: Answers) -> Finding:
    """Return a finding on rounded sums: estimate and error of the headline within what rounding can move, the rest not run."""
    result = told[_analysis(found.place)]
    effect = told.effect(result)
    head = f"analyses.{result.analysis.id}.terms[{result.estimates.headline_term}]."
    far = {f"{head}estimate": effect.estimate, f"{head}std_error": effect.std_error}.get(found.place)
    if far is None:
        return replace(found, status="not_run", note=_said("verify_rounded"))
    near = abs(float(found.claimed) - float(found.found)) <= far
    note = _said("verify_rounded_by", far=f"{far:.3g}")
    return replace(found, status="within_tolerance" if near else "differs", note=note)


def _said(code: str, **facts: object) -> dict[str, str]:
    return {lang: label(code, lang, **facts) for lang in LANGUAGES}
