"""An evaluation written back, as evidence, onto the link of the logic model that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from ebpm.errors import SpecError
from ebpm.estimate import Number, Unavailable
from ebpm.logic import Evidence, Finding, LogicModel, Scale
from ebpm.pilot.leaving.disclosure import refuse_small_cells
from ebpm.spec import Date, Text
from ebpm.texts import LANGUAGES, label, method, words

if TYPE_CHECKING:
    from ebpm.pilot.evaluation import Evaluation


def with_evidence(evaluation: Evaluation) -> LogicModel | None:
    """Return the pilot's logic model with this evaluation's evidence on its link; None where the pilot names no model."""
    model, link = evaluation.pilot.logic_model, evaluation.spec.link
    return model if model is None or link is None else model.with_evidence(evaluation)


def link_of(evaluation: Evaluation) -> tuple[str, str]:
    """Return the ids of the link that an evaluation is about.

    Raises
    ------
    SpecError : if the pilot names none.
    """
    link = evaluation.spec.link
    if link is None:
        raise SpecError("pilot_no_link", pilot=evaluation.spec.id)
    return link.from_, link.to


def as_evidence(evaluation: Evaluation, *, on: str | None = None) -> Evidence:
    """Return an evaluation as a piece of evidence: estimate, verdict, computed grade, population, limits, plan.

    Parameters
    ----------
    evaluation : of a pilot.
    on : its date, in ISO form; results carry none of their own.

    Raises
    ------
    SpecError : if `on` is no date.
    DataError : if the headline may not be shown in the pilot's tier.
    """
    refuse_small_cells(evaluation)
    spec, head = evaluation.spec, evaluation.headline
    return Evidence(
        id=f"evaluation_{spec.id}",
        citation=_said("evidence_citation", {lang: {"title": spec.title.words(lang)} for lang in LANGUAGES}),
        design=Text(**{lang: method(head.method, lang) for lang in LANGUAGES}),
        verdict=evaluation.verdict.code,
        scale=Scale(name=evaluation.grade.scale, level=evaluation.grade.level),
        estimate=Finding(
            value=head.estimate,
            conf_low=_known(head.conf_low),
            conf_high=_known(head.conf_high),
            conf_level=head.conf_level,
            unit=Text(**{lang: words(head.unit, lang) or "1" for lang in LANGUAGES}),
            outcome=spec.estimand.outcome,
        ),
        n=head.n,
        population=spec.estimand.population,
        applicability=_said("evidence_applicability", {lang: {} for lang in LANGUAGES}),
        transfer="same",
        limits=spec.limits[0] if spec.limits else None,
        date=_dated(on),
        plan=evaluation.pilot.plan_digest,
        synthetic=spec.synthetic,
    )


def _dated(on: str | None) -> str | None:
    try:
        return None if on is None else TypeAdapter(Date).validate_python(on)
    except ValidationError:
        raise SpecError("spec_bad_date", value=on) from None


def _said(code: str, facts: dict[str, dict[str, str]]) -> Text:
    return Text(**{lang: label(code, lang, **values) for lang, values in facts.items()})


def _known(value: Number) -> float | None:
    return None if isinstance(value, Unavailable) else value
