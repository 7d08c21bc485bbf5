"""Response, cooperation, refusal and contact rates of a survey, overall and by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.moments.frame import Codes, Floats, Frame
from ebpm.moments.labels import label_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import mapping, number
from ebpm.stats.proportions import LOW_RESPONSE
from ebpm.survey.answering.dispositions import CLASSES, RATES, Cases, class_of, rates
from ebpm.survey.checks import Rate, low_response
from ebpm.survey.design.checks import unresolved_cases
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

EVERYONE = ""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """The rates of one group; of everybody where the name is empty.

    Parameters
    ----------
    group : its name.
    cases : counts, or sums of weights, by disposition.
    eligibility : e, the share eligible among the cases of unknown eligibility.
    n : cases.
    """

    group: str
    cases: Cases
    eligibility: float
    n: int

    @property
    def rates(self) -> dict[str, Number]:
        """Rate -> value."""
        return dict(rates(self.cases, self.eligibility))

    def called(self, lang: str | None = None) -> str:
        """Return the group as readers call it."""
        return self.group or label("survey_all_cases", lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRates(Shown):
    """Outcome rates by AAPOR's definitions.

    Parameters
    ----------
    groups : everybody first, then each group.
    found : what the guard rails found.
    """

    groups: tuple[GroupRates, ...]
    found: Notices = field(repr=False)

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.found

    def __getitem__(self, rate: str) -> Number:
        """Return a rate of everybody: RR1 ... RR6, COOP1 ... COOP4, REF1 ... REF3, CON1 ... CON3."""
        return self.groups[0].rates[rate]

    @property
    def estimates(self) -> Estimates:
        """The rates as estimates; they describe the cases that were fielded and have no sampling error."""
        none = Unavailable("survey_rates_fielded")
        items = tuple(
            Estimate(
                term=f"{one.group}: {name}" if one.group else name, estimate=value, std_error=none, df=none, p_value=none,
                conf_low=none, conf_high=none, conf_level=0.95, n=one.n, estimand="response_rate",
                method="survey.response_rates",
            )
            for one in self.groups for name, value in one.rates.items() if not isinstance(value, Unavailable)
        )  # fmt: skip
        return Estimates(items=items, headline_term="RR3", notices=self.found)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return response rates 1, 3 and 5 in words."""
        first = self.groups[0]
        facts = {
            name: value if isinstance(value, Unavailable) else f"{value:.1%}"
            for name, value in first.rates.items()
            if name in {"RR1", "RR3", "RR5"}
        }
        return [label("survey_rates_sentence", lang, n=f"{first.n:,}", e=f"{first.eligibility:.3f}", **facts)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return response rates, the other rates, and the cases by disposition."""
        response = tuple(name for name in RATES if name.startswith("RR"))
        others = tuple(name for name in RATES if name not in response)
        cases = tuple((one.called(lang), *(getattr(one.cases, kind) for kind in CLASSES)) for one in self.groups)
        kinds = tuple(f"survey_case_{kind.lower()}" for kind in CLASSES)
        return (
            self._rates(response, "survey_rates_caption", lang),
            self._rates(others, "survey_other_rates_caption", lang),
            Table(("survey_group", *kinds), cases, label("survey_cases_caption", lang)),
        )

    def _rates(self, names: tuple[str, ...], caption: str, lang: str | None) -> Table:
        columns = ("survey_group", *(f"survey_{name.lower()}" for name in names), "survey_eligibility", "n")
        rows = ((one, one.rates) for one in self.groups)
        cells = ((one.called(lang), *(rate[name] for name in names), one.eligibility, one.n) for one, rate in rows)
        return Table(columns, tuple(cells), label(caption, lang))

    def tidy(self) -> pd.DataFrame:
        """Return one row a group and rate."""
        rows = ((one.called(), name, value, one.n) for one in self.groups for name, value in one.rates.items())
        return Table(("survey_group", "survey_rate", "estimate", "n"), tuple(rows)).to_frame()

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the response rate of each group with what the eligibility of unknown cases leaves open."""
        from ebpm.figures.response_rates import draw_response_rates

        return draw_response_rates(self, ax, lang=lang)


def response_rates(
    data: Any,
    disposition: str,
    *,
    classes: Mapping[Any, str] | None = None,
    eligibility: float | None = None,
    weights: str | None = None,
    by: str | None = None,
    minimum: float = LOW_RESPONSE,
) -> ResponseRates:
    """Return AAPOR's outcome rates from the final disposition of each case.

    Parameters
    ----------
    data : one row a case that was fielded (an address, a person invited).
    disposition : column of classes (I, P, R, NC, O, UH, UO, NE), of AAPOR's final disposition codes as text ("1.1", "2.11", "4.7"),
        or of codes of your own that `classes` explains.
    classes : code -> class.
    eligibility : e, share eligible among the cases of unknown eligibility; where None, that among the cases of known
        eligibility (proportional allocation), in each group.
    weights : column of base weights.
    by : column of groups.
    minimum : share that should have answered; below it S101 speaks.

    Raises
    ------
    DataError : if a code has no class.
    DesignError : if e lies outside 0 and 1.

    RR1 = I / ((I + P) + (R + NC + O) + (UH + UO)); RR3 counts e (UH + UO), RR5 none; RR2, RR4, RR6 count partial interviews too.
    COOP1 = I / (I + P + R + O), COOP3 without O; REF1-3 = R over the denominators of RR1, RR3, RR5;
    CON1-3 = (I + P + R + O) over this plus NC plus all, e or none of the unknown.

    Source: AAPOR (2023), Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys, 10th ed.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> cases = pd.DataFrame({"final": ["I"] * 6 + ["P"] + ["R"] * 2 + ["NC"] + ["UH"] * 2 + ["NE"] * 2})
    >>> found = survey.response_rates(cases, "final")
    >>> [round(found[rate], 3) for rate in ("RR1", "RR3", "RR5", "COOP1")]
    [0.5, 0.514, 0.6, 0.667]
    """
    if eligibility is not None and not 0.0 <= number(eligibility, "eligibility") <= 1.0:
        raise DesignError("survey_share_outside", argument="eligibility", value=eligibility, low=0.0, high=1.0)
    frame = Frame.of(data)
    codes = frame.codes(disposition, "disposition")
    named = {label_of(code): kind for code, kind in mapping(classes or {}, "classes").items()}
    kinds = np.array([CLASSES.index(class_of(level, named, disposition)) for level in codes.levels])[codes.codes]
    size = np.ones(len(frame)) if weights is None else frame.weights(weights)
    everyone = Codes(np.zeros(len(frame), dtype=np.int64), (EVERYONE,))
    parts = [everyone] if by is None else [everyone, frame.codes(by, "by")]
    groups = tuple(
        _rates(label_of(level), kinds[part.codes == at], size[part.codes == at], eligibility)
        for part in parts
        for at, level in enumerate(part.levels)
    )
    low = low_response(
        Rate(f"{by} = {one.group}" if one.group else disposition, one.cases.answered, _asked(one), minimum)
        for one in groups
        if _asked(one) > 0.0
    )
    return ResponseRates(groups=groups, found=low + _unresolved(groups[0]))


def _rates(group: str, kinds: Floats, size: Floats, eligibility: float | None) -> GroupRates:
    counts = np.bincount(kinds, weights=size, minlength=len(CLASSES)).tolist()
    cases = Cases(**dict(zip(CLASSES, counts, strict=True)))
    return GroupRates(group, cases, cases.proportional if eligibility is None else eligibility, len(kinds))


def _asked(one: GroupRates) -> float:
    return one.cases.eligible + one.eligibility * one.cases.unknown


def _unresolved(one: GroupRates) -> Notices:
    least, most = one.rates["RR1"], one.rates["RR5"]
    if isinstance(least, Unavailable) or isinstance(most, Unavailable):
        return Notices()
    share = one.cases.unknown / (one.cases.unknown + one.cases.eligible + one.cases.NE)
    return unresolved_cases(least, most, share)
