"""results.json: every number of an evaluation with its digests and versions; no paths, no names, no times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Number, Unavailable
from ebpm.pilot.checklist import checklist
from ebpm.pilot.leaving.disclosure import released
from ebpm.pilot.per_cent import record_of
from ebpm.pilot.published import Comparison
from ebpm.pilot.result import Result
from ebpm.records import code_digest, numerical_digest
from ebpm.texts import said, words

if TYPE_CHECKING:
    from ebpm.pilot.evaluation import Evaluation

PACKAGES = ("ebpm", "linearmodels", "numpy", "pandas", "scipy", "statsmodels")


def results_json(evaluation: Evaluation) -> str:
    """Return the evaluation as JSON: sorted keys, full digits, UTF-8.

    Raises
    ------
    DataError : if the headline of a primary analysis may not be shown in the pilot's tier.
    DesignError : if it is a rehearsal.
    """
    _refuse_rehearsal(evaluation)
    return (
        json.dumps(record(released(evaluation)), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"
    )


def record(evaluation: Evaluation) -> dict[str, Any]:
    """Return the plain values of results.json."""
    spec, readings = evaluation.spec, evaluation.data.readings
    return {
        "schema": 3,
        "pilot": spec.id,
        "kind": spec.kind,
        "synthetic": spec.synthetic,
        "versions": {name: version(name) for name in PACKAGES},
        "digests": digests(evaluation),
        "plan": _plan(evaluation),
        "rows": {
            name: {"in": reading.rows_in, "used": reading.rows_used, "refused": reading.rows_in - reading.rows_used}
            for name, reading in readings.items()
        },
        **numbers_of(evaluation.results, evaluation.adjusted),
        **record_of(evaluation),
        "reporting": checklist(evaluation, "en").record(),
        "failures": {one.analysis.id: one.error.code for one in evaluation.failures},
        "verdict": {"code": evaluation.verdict.code, "margin": evaluation.verdict.margin},
        "grade": grade_of(evaluation),
        "notices": [
            {
                "code": notice.code,
                "place": notice.place,
                "facts": {name: _fact(value) for name, value in notice.facts.items()},
            }
            for notice in evaluation.notices
        ],
        "published": published_of(evaluation.comparisons),
    }


def digests(evaluation: Evaluation) -> dict[str, Any]:
    """Return the SHA-256 of what the numbers came from: plan, data, code, and the packages that compute."""
    return {
        "plan": evaluation.pilot.plan_digest,
        "data": dict(evaluation.data.digests),
        "code": code_digest(),
        "environment": numerical_digest(PACKAGES[1:]),
    }


def grade_of(evaluation: Evaluation) -> dict[str, Any]:
    """Return the grade as plain values."""
    return {
        "scale": evaluation.grade.scale,
        "level": evaluation.grade.level,
        "ceiling": evaluation.grade.step.ceiling,
        "deductions": [one.code for one in evaluation.grade.deductions],
    }


def numbers_of(results: Iterable[Result], adjusted: Mapping[str, float]) -> dict[str, Any]:
    """Return the numbers of analyses and of their figures as plain values."""
    shown = tuple(results)
    return {
        "analyses": {one.analysis.id: _analysis(one, adjusted) for one in shown},
        "figures": {one.analysis.id: [_term(item) for item in one.drawn] for one in shown if _draws_more(one)},
    }


def published_of(comparisons: Iterable[Comparison]) -> list[dict[str, Any]]:
    """Return published numbers beside ours as plain values."""
    return [
        {**one.published.model_dump(), "ours": _number(one.ours), "reproduced": one.reproduced} for one in comparisons
    ]


def _refuse_rehearsal(evaluation: Evaluation) -> None:
    if evaluation.data.rehearsal:
        raise DesignError("rehearsal_not_results", pilot=evaluation.spec.id, outcomes=evaluation.data.rehearsal)


def _plan(evaluation: Evaluation) -> dict[str, Any]:
    lock = evaluation.pilot.lock
    deviations = [one.record() for one in evaluation.pilot.deviations]
    if lock is None:
        return {"frozen": None, "unfrozen": evaluation.data.unfrozen, "deviations": deviations}
    return {"frozen": lock.frozen, "lock": lock.digest, "outcomes_seen": lock.outcomes_seen, "deviations": deviations}


def _draws_more(result: Result) -> bool:
    """Whether the figure of an analysis shows numbers that are not among its estimates."""
    return result.drawn is not result.estimates and result.drawn.terms != result.estimates.terms


def _analysis(result: Result, adjusted: Mapping[str, float]) -> dict[str, Any]:
    analysis, estimates = result.analysis, result.estimates
    family = {"p_adjusted": adjusted[analysis.id]} if analysis.id in adjusted else {}
    return family | {
        "role": analysis.role,
        "routine": analysis.routine,
        "outcome": analysis.outcome,
        "headline": estimates.headline_term,
        "terms": [_term(item) for item in estimates],
    }


def _term(item: Estimate) -> dict[str, Any]:
    numbers = {name: _number(value) if not isinstance(value, str) else value for name, value in item.record().items()}
    return numbers | {
        "clusters": item.clusters,
        "estimand": item.estimand,
        "unit": words(item.unit, "en"),
        "method": item.method,
    }


def _fact(value: object) -> Any:
    """Return what a notice says of its case: a number as it is, everything else in English words."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return str(said(value, "en"))


def _number(value: Number) -> Any:
    if isinstance(value, Unavailable):
        return {"unavailable": value.reason}
    return value if isinstance(value, int) or abs(value) != float("inf") else "Infinity"
