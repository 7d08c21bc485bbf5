"""Bounds from rows with missing and unknown answers, and from published shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Codes, Floats, Frame
from ebpm.moments.labels import control_places, label_of, labels_of
from ebpm.stats.given import number
from ebpm.stats.proportions import LOW_RESPONSE, worst_case
from ebpm.survey.answering.answers import Answers, answers_of
from ebpm.survey.answering.identification import Bound, Bounds, bound
from ebpm.survey.checks import Rate, Unknowns, low_response, many_unknown
from ebpm.survey.design.sampling import Sampling, in_strata, sampling
from ebpm.survey.linear import mean_of

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of a mean as linear statistics: values, shape (2,), and scores, shape (n, 2)."""

    values: Floats
    scores: Floats

    def less(self, other: Ends) -> Ends:
        """Return the ends of the difference: lowest less highest, highest less lowest."""
        return Ends(self.values - other.values[::-1], self.scores - other.scores[:, ::-1])


def bounds(
    data: Any,
    outcome: str,
    *,
    response: str | None = None,
    response_rate: float | None = None,
    code: object = None,
    unknown: Sequence[object] = (),
    low: float = 0.0,
    high: float = 1.0,
    weights: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Bounds:
    """Return the values that a mean can have, whatever those who did not answer would have said.

    Parameters
    ----------
    data : one row a person invited, or, with `response_rate`, one row a person who answered.
    outcome : column, missing where nothing was answered.
    response : column with 1 where the person answered and 0 where not; without it, a missing outcome is a person who did not answer.
    response_rate : share of those invited who are in the data.
    code : the label that counts as 1 where the outcome holds labels; every other known label counts as 0.
    unknown : labels or numbers that mean "unknown".
    low, high : the values that the outcome can have.
    weights, strata, cluster : the sampling design, as in `mean`.
    conf_level : level of the Imbens-Manski intervals.

    Raises
    ------
    DataError : if a value lies outside low and high, or an answer has no respondent.
    DesignError : if nobody answered, or both a share and rows of non-respondents are given.

    Formula: three layers, the mean of known answers; with each "unknown" set to low and to high; with each person who did not answer as
    well, r m + (1 - r) low <= mean <= r m + (1 - r) high. The standard errors are those of `mean` on the filled outcome.

    Assumptions: of the missing values nothing but their range. The response rate counts as known where it is given as a number.

    Source: Manski (1989), Journal of Human Resources 24(3); Horowitz and Manski (1998), Journal of Econometrics 84(1);
    Imbens and Manski (2004), Econometrica 72(6).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"insured": ["yes", "no", "unknown", "yes", None]})
    >>> found = survey.bounds(data, "insured", code="yes", unknown=["unknown"])
    >>> [(item.layer, round(item.low, 2), round(item.high, 2)) for item in found.items]
    [('answered', 0.67, 0.67), ('unknown', 0.5, 0.75), ('nonresponse', 0.4, 0.8)]
    """
    frame = Frame.of(data)
    answers = answers_of(
        frame, outcome, response=response, response_rate=response_rate, code=code, unknown=unknown, low=low, high=high
    )
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster)
    items = tuple(
        _bound(
            design,
            _ends(answers, rows, layer, design),
            conf_level,
            term=outcome,
            layer=layer,
            n=int(rows.sum()),
            estimand="mean",
        )
        for layer, rows in answers.layers()
    )
    rate = _rate(outcome, design, answers, np.ones(len(frame), dtype=bool))
    notices = low_response([rate]) + many_unknown(_unknowns(items, answers, design))
    return Bounds(items=items, headline_term=outcome, method="survey.bounds", notices=notices)


def effect_bounds(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object,
    response: str | None = None,
    code: object = None,
    unknown: Sequence[object] = (),
    low: float = 0.0,
    high: float = 1.0,
    weights: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Bounds:
    """Return the values that the effect of each arm can have, whatever those who did not answer would have said.

    Parameters
    ----------
    treatment : column of arms.
    control : arm that the others are compared with.
    data, outcome, response, code, unknown, low, high, weights, strata, cluster, conf_level : as in `bounds`.

    Raises
    ------
    DataError, DesignError : as `bounds`; DesignError if there are fewer than two arms or no such control.

    Lowest effect: every missing value low in the arm, high in the control; highest: the reverse. Each arm is a stratum of its own
    (Neyman variance with n - 1) unless sampling units hold several arms. Terms: "arm - control", then each arm's mean.

    Assumptions: the arms were drawn at random among those invited; of the missing values nothing but their range.

    Source: Horowitz and Manski (2000), Journal of the American Statistical Association 95(449); Imbens and Manski (2004), Econometrica 72(6).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"y": [1, 1, None, 0, 1, 0, 0, None], "arm": list("ttttcccc")})
    >>> found = survey.effect_bounds(data, "y", treatment="arm", control="c")
    >>> found.headline.low, found.headline.high
    (0.0, 0.5)
    """
    frame = Frame.of(data)
    answers = answers_of(
        frame, outcome, response=response, response_rate=None, code=code, unknown=unknown, low=low, high=high
    )
    arms = frame.codes(treatment, "treatment")
    base = _control(arms, control, treatment)
    design = in_strata(sampling(frame, weights=weights, strata=strata, cluster=cluster), arms)
    items = _by_term(
        [
            item
            for layer, _ in answers.layers()
            for item in _effects(answers, design, arms, base, layer=layer, conf_level=conf_level)
        ]
    )
    rates = [
        _rate(f"{treatment} = {label_of(name)}", design, answers, arms.codes == arm)
        for arm, name in enumerate(arms.levels)
    ]
    notices = low_response(rates) + many_unknown(_unknowns(items, answers, design))
    return Bounds(items=items, headline_term=items[0].term, method="survey.effect_bounds", notices=notices)


def bounds_from(
    *, mean: float, response_rate: float, unknown: float = 0.0, low: float = 0.0, high: float = 1.0, name: str = "mean"
) -> Bounds:
    """Return the values that a published mean can have once those who did not answer are counted.

    Parameters
    ----------
    mean : of the known answers.
    response_rate : share of those invited who answered, between 0 and 1.
    unknown : share of those who answered whose answer is not known.
    low, high : the values that the outcome can have.
    name : term of the result.

    Raises
    ------
    DesignError : if a share lies outside 0 and 1, or the mean outside low and high.

    r m + (1 - r) low <= mean <= r m + (1 - r) high, with m itself bounded in the same way where some answers are unknown.

    Source: Manski (1989), Journal of Human Resources 24(3).

    Examples
    --------
    >>> from ebpm import survey
    >>> staff = survey.bounds_from(mean=0.599, response_rate=0.264).headline
    >>> round(staff.low, 3), round(staff.high, 3)
    (0.158, 0.894)
    """
    for argument, value, reach in (
        ("mean", mean, (low, high)),
        ("response_rate", response_rate, (0.0, 1.0)),
        ("unknown", unknown, (0.0, 1.0)),
    ):
        if not number(reach[0], "low") <= number(value, argument) <= number(reach[1], "high"):
            raise DesignError("survey_share_outside", argument=argument, value=value, low=reach[0], high=reach[1])
    steps = [("answered", mean, mean)]
    for layer, share in (("unknown", 1.0 - unknown), ("nonresponse", response_rate)):
        _, least, most = steps[-1]
        lowest, _ = worst_case(least, share, low=low, high=high)
        _, highest = worst_case(most, share, low=low, high=high)
        opened = (layer, lowest, highest)
        steps += [opened] if share < 1.0 else []
    none = Unavailable("survey_bounds_alone")
    items = tuple(
        bound(
            least,
            most,
            std_error_low=none,
            std_error_high=none,
            conf_level=0.95,
            term=name,
            layer=layer,
            n=0,
            estimand="mean",
        )
        for layer, least, most in steps
    )
    notices = low_response([Rate(name, response_rate, 1.0, LOW_RESPONSE)])
    return Bounds(items=items, headline_term=name, method="survey.bounds", notices=notices)


def _control(arms: Codes, control: object, treatment: str) -> int:
    places = control_places(arms, control)
    if len(arms) < 2 or len(places) != 1:
        raise DesignError("survey_no_control", treatment=treatment, control=control, arms=", ".join(labels_of(arms)))
    return places[0]


def _effects(
    answers: Answers, design: Sampling, arms: Codes, base: int, *, layer: str, conf_level: float
) -> Iterator[Bound]:
    rows = dict(answers.layers())[layer]
    cells = [rows & (arms.codes == arm) for arm in range(len(arms))]
    ends, sizes = [_ends(answers, cell, layer, design) for cell in cells], [int(cell.sum()) for cell in cells]
    names, others = labels_of(arms), [arm for arm in range(len(arms)) if arm != base]
    for arm in others:
        what = {"term": f"{names[arm]} - {names[base]}", "n": sizes[arm] + sizes[base], "estimand": "ate"}
        yield _bound(design, ends[arm].less(ends[base]), conf_level, layer=layer, **what)
    for arm in (*others, base):
        yield _bound(design, ends[arm], conf_level, layer=layer, term=names[arm], n=sizes[arm], estimand="mean")


def _ends(answers: Answers, rows: Rows, layer: str, design: Sampling) -> Ends:
    if not rows.any():
        raise DesignError("survey_empty_arm", layer=layer, rows=len(rows))
    found = mean_of(answers.filled(), design.weights, rows=rows, terms=("low", "high"))
    rate = answers.rate if layer == "nonresponse" else 1.0
    return Ends(rate * found.values + (1.0 - rate) * np.array([answers.low, answers.high]), rate * found.scores)


def _bound(design: Sampling, ends: Ends, conf_level: float, **what: Any) -> Bound:
    errors = np.sqrt(np.diag(design.covariance(ends.scores)))
    low, high = ends.values.tolist()
    std_error_low, std_error_high = errors.tolist()
    return bound(low, high, std_error_low=std_error_low, std_error_high=std_error_high, conf_level=conf_level, **what)


def _rate(group: str, design: Sampling, answers: Answers, rows: Rows) -> Rate:
    answered, invited = design.weights[answers.answered & rows].sum(), design.weights[rows].sum()
    return Rate(group, answers.rate * float(answered), float(invited), LOW_RESPONSE)


def _unknowns(items: tuple[Bound, ...], answers: Answers, design: Sampling) -> Iterator[Unknowns]:
    share = 1.0 - float(design.weights[answers.known].sum() / design.weights[answers.answered].sum())
    answered = {item.term: item.conf_width for item in items if item.layer == "answered"}
    for item in items:
        if item.layer == "unknown":
            yield Unknowns(item.term, share, item.width, answered[item.term])


def _by_term(items: Sequence[Bound]) -> tuple[Bound, ...]:
    terms = tuple(dict.fromkeys(item.term for item in items))
    return tuple(item for term in terms for item in items if item.term == term)
