"""List experiments: how many have a sensitive trait, from counts that hide who."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Codes, Floats, Frame
from ebpm.moments.labels import control_places, label_of, labels_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import number
from ebpm.stats.inference import level
from ebpm.survey.design.sampling import Weights, in_strata, sampling
from ebpm.survey.design.stages import Columns
from ebpm.survey.estimation import estimates
from ebpm.survey.linear import Linearised, Rows, mean_of
from ebpm.survey.lists.design import ListDesign, list_design
from ebpm.table import Table
from ebpm.texts import coined, label

ALL = "everybody"
TYPE_COLUMNS = ("survey_list_items", "survey_list_sensitive", "estimate", "std_error")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExperiment(Shown):
    """The share with a sensitive trait, and whether the list worked as it should.

    Parameters
    ----------
    estimates : the share, overall ("everybody"), in each group, and differences between groups.
    design : shares of the types of respondents, the test of no design effect, ceiling and floor.
    """

    estimates: Estimates
    design: ListDesign

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices + self.design.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the share and the test in words."""
        p_value = self.design.p_value
        facts = {
            "p_value": f"{p_value:.3f}",
            "ceiling": f"{self.design.ceiling:.1%}",
            "floor": f"{self.design.floor:.1%}",
        }
        return [self.estimates.headline.sentence(lang), label("survey_list_sentence", lang, **facts)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the estimates, and the shares of the types of respondents."""
        answers = {True: label("survey_list_yes", lang), False: label("survey_list_no", lang)}
        rows = tuple((one.items, answers[one.sensitive], one.share, one.std_error) for one in self.design.types)
        return (
            self.estimates.table(label("survey_list_caption", lang)),
            Table(TYPE_COLUMNS, rows, label("survey_list_types", lang)),
        )


def list_experiment(
    data: Any,
    count: str,
    *,
    treatment: str,
    control: object,
    items: int,
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    by: str | None = None,
    conf_level: float = 0.95,
) -> ListExperiment:
    """Return the share of people to whom a sensitive item applies, from a list experiment.

    Parameters
    ----------
    data : one row a respondent.
    count : column of how many items of the list apply.
    treatment : column of the two lists, with and without the sensitive item.
    control : label of the list without it.
    items : J, the items of that list.
    weights, strata, cluster, conf_level : as in `mean`.
    by : column of groups; the share in each, and differences from the first group, are estimated too.

    Raises
    ------
    DataError : if a count is no whole number from 0 to J (J + 1 with the sensitive item).
    DesignError : if there are not two lists, or a group has only one.

    The share is the mean count with the item less that without. Each arm is a stratum (Neyman's variance) unless sampling units hold
    both.

    Assumptions: the list was drawn at random; the sensitive item changes no other answer (tested); nobody lies, which the ceiling
    and the floor invite.

    Source: Blair and Imai (2012), Political Analysis 20(1); Imai (2011), JASA 106(494).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"count": [1, 2, 1, 2, 2, 2, 3, 2], "list": ["short"] * 4 + ["long"] * 4})
    >>> survey.list_experiment(data, "count", treatment="list", control="short", items=3).estimates.headline.estimate
    0.75
    """
    level(conf_level)
    frame = Frame.of(data)
    counts, arms = frame.numbers(count, "count"), frame.codes(treatment, "treatment")
    treated = _treated(arms, control, treatment)
    _refuse_counts(counts, treated, items, count)
    design = in_strata(sampling(frame, weights=weights, strata=strata, cluster=cluster), arms)
    cells = list(_cells(frame, by))

    def statistic(weights: Floats) -> list[Linearised]:
        shares = [_difference(counts, treated, rows, weights, name) for name, rows in cells]
        first = shares[1] if len(shares) > 1 else shares[0]
        return [*shares, *(_less(one, first) for one in shares[2:])]

    found = estimates(design, statistic, estimand="list_share", conf_level=conf_level, clustered=cluster is not None)
    test = list_design(counts, treated, design, items=items, level=1.0 - conf_level)
    return ListExperiment(estimates=_named(found, ALL), design=test)


def double_list(
    data: Any,
    first: str,
    *,
    second: str,
    treatment: str,
    first_with: object,
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Return the share of people to whom a sensitive item applies, from two lists of which one carries the item.

    Parameters
    ----------
    data : one row a respondent, who counted both lists.
    first, second : columns of how many items of each list apply.
    treatment : column of which list carried the sensitive item.
    first_with : its label where that is the first list.
    weights, strata, cluster, conf_level : as in `mean`.

    Raises
    ------
    DesignError : if there are not two arms.

    With D the difference of the mean counts of a list with and without the item: terms "list_average", (D1 + D2) / 2; "list_first", D1;
    "list_second", D2; and "list_difference", D1 - D2, which is zero where both lists work alike.

    Assumptions: as `list_experiment`, for both lists.

    Source: Droitcour et al. (1991), in Biemer et al., Measurement Errors in Surveys, chapter 11; Glynn (2013), POQ 77(S1).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"a": [2, 3, 1, 2], "b": [1, 1, 2, 1], "with": list("aabb")})
    >>> survey.double_list(data, "a", second="b", treatment="with", first_with="a").headline.estimate
    0.75
    """
    frame = Frame.of(data)
    counts, arms = frame.matrix([first, second], "outcome"), frame.codes(treatment, "treatment")
    on_first = ~_treated(arms, first_with, treatment)
    design = in_strata(sampling(frame, weights=weights, strata=strata, cluster=cluster), arms)
    everyone = np.ones(len(frame), dtype=bool)

    def statistic(weights: Floats) -> list[Linearised]:
        one = _difference(counts[:, 0], on_first, everyone, weights, "list_first")
        two = _difference(counts[:, 1], ~on_first, everyone, weights, "list_second")
        average = Linearised(("list_average",), (one.values + two.values) / 2, (one.scores + two.scores) / 2, everyone)
        return [average, one, two, replace(_less(one, two), terms=("list_difference",))]

    found = estimates(design, statistic, estimand="list_share", conf_level=conf_level, clustered=cluster is not None)
    return _named(found, *found.terms)


def _named(found: Estimates, *terms: str) -> Estimates:
    return found.named({term: coined(term) for term in terms})


def _treated(arms: Codes, control: object, treatment: str) -> Rows:
    places = control_places(arms, control)
    if len(arms) != 2 or len(places) != 1:
        raise DesignError("survey_two_lists", treatment=treatment, control=control, arms=", ".join(labels_of(arms)))
    return np.asarray(arms.codes != places[0])


def _refuse_counts(counts: Floats, treated: Rows, items: int, column: str) -> None:
    strange = (counts != np.floor(counts)) | (counts < 0) | (counts > number(items, "items") + treated)
    if strange.any():
        row = int(np.argmax(strange))
        raise DataError("survey_list_count", column=column, row=row + 1, value=f"{counts[row]:g}", items=items)


def _cells(frame: Frame, by: str | None) -> Iterator[tuple[str, Rows]]:
    yield ALL, np.ones(len(frame), dtype=bool)
    if by is not None:
        groups = frame.codes(by, "by")
        for code, name in enumerate(groups.levels):
            yield label_of(name), groups.codes == code


def _difference(counts: Floats, treated: Rows, rows: Rows, weights: Floats, name: str) -> Linearised:
    sides = [rows & treated, rows & ~treated]
    if not all(side.any() for side in sides):
        raise DesignError("survey_list_empty", term=name)
    with_item, without = (mean_of(counts[:, None], weights, rows=side, terms=(name,)) for side in sides)
    return Linearised(
        (name,), with_item.values - without.values, with_item.scores - without.scores, sides[0] | sides[1]
    )


def _less(one: Linearised, other: Linearised) -> Linearised:
    terms = (f"{one.terms[0]} - {other.terms[0]}",)
    return Linearised(terms, one.values - other.values, one.scores - other.scores, one.rows | other.rows)
