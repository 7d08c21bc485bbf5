"""What a pilot tells an audit of its link: its comparison, its data, and the smallest effect that it could detect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ebpm.evidence import WITHOUT_COUNTERFACTUAL
from ebpm.logic import Prospect
from ebpm.pilot.pilot import Pilot
from ebpm.spec import Text
from ebpm.stats.inference import quantile
from ebpm.texts import LANGUAGES, label

POWER, SIZE = 0.8, 0.05


def prospect(pilot: Pilot) -> Prospect:
    """Return what an evaluation of the pilot's link can rest on.

    Data count as at hand where they are real; the smallest detectable effect comes from the standard error of the last run.

    Notes
    -----
    MDE = (t(1 - 0.05 / 2) + t(0.8)) x standard error, t with the degrees of freedom of the primary estimate.

    Source: Bloom (1995), Evaluation Review 19(5).
    """
    spec = pilot.spec
    declared, bare = spec.design.counterfactual, spec.design.type in WITHOUT_COUNTERFACTUAL
    real = [dataset.title for dataset in spec.data if not dataset.synthetic]
    margin = spec.primary[0].margin if spec.primary else None
    return Prospect(
        data=_listed(real) if real else None,
        counterfactual=None if bare else declared,
        no_counterfactual=declared if bare else None,
        mde=mde(pilot),
        effect=margin.value if margin else None,
        scale=margin.unit if margin else None,
        source=_said("audit_prospect_mde" if spec.synthetic else "audit_prospect_real"),
    )


def mde(pilot: Pilot) -> float | None:
    """Return the smallest effect that the pilot's primary analysis detects with power 0.8; None where it has not been run."""
    results = pilot.folder / "results" / "results.json"
    term = _headline(results, pilot.spec.primary[0].id) if pilot.spec.primary and results.is_file() else {}
    error, df = term.get("std_error"), term.get("df")
    if not isinstance(error, int | float):
        return None
    freedom = float(df) if isinstance(df, int | float | str) else float("inf")
    return float((quantile(1 - SIZE / 2, freedom) + quantile(POWER, freedom)) * error)


def _headline(results: Path, analysis: str) -> dict[str, Any]:
    found = json.loads(results.read_text(encoding="utf-8"))["analyses"].get(analysis)
    terms = found["terms"] if found else []
    return next((term for term in terms if term["term"] == found["headline"]), {})


def _listed(titles: list[Text]) -> Text:
    return Text(**{lang: label("logic_comma", lang).join(one.words(lang) for one in titles) for lang in LANGUAGES})


def _said(code: str) -> Text:
    return Text(**{lang: label(code, lang) for lang in LANGUAGES})
