"""Replicate weights: jackknife, balanced half-samples, bootstrap; made here or read from a public-use file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import hadamard

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints, one_of
from ebpm.moments.labels import label_of
from ebpm.moments.naming import named_columns
from ebpm.stats.given import filled, generator, mapping, number, numbers
from ebpm.survey.design.effective import effective_df
from ebpm.survey.design.replication import CENTRES, Replication
from ebpm.survey.design.sampling import sampling
from ebpm.survey.design.stages import Stage
from ebpm.survey.weighting.raking import Margin, Margins, margin_of, rake_to

if TYPE_CHECKING:
    from ebpm.survey.design.sampling import Sampling

DEGREES = ("design", "effective")
KINDS = ("jackknife", "brr", "fay", "bootstrap")


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """Weights with their replicates, for `weights` of `mean` and its sisters.

    Parameters
    ----------
    weights : shape (n,).
    kind : "jackknife", "brr", "fay", "bootstrap" or "given".
    replication : the replicate weights.
    rows_known_by : columns of the design with their codes.
    """

    weights: Floats = field(repr=False)
    kind: str
    replication: Replication = field(repr=False)
    rows_known_by: tuple[tuple[str, Codes], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        """Number of replicates."""
        return len(self.replication.scales)

    def into(self, design: Sampling) -> Sampling:
        """Return a design with these weights, whose variances come from the replicates."""
        return replace(design, weights=self.weights, replication=self.replication)


def replicates(
    data: Any,
    kind: str = "jackknife",
    *,
    weights: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    population: str | None = None,
    margins: Margins | None = None,
    fay: float = 0.5,
    draws: int = 500,
    seed: int = 20190401,
    centre: str = "replicates",
    df: str = "design",
) -> Replicates:
    """Return replicate weights of a sample; name the same strata and cluster in `mean` for its degrees of freedom.

    Parameters
    ----------
    data : one row a respondent.
    kind : "jackknife" (JK1, or JKn with strata), "brr" and "fay" (two units in each stratum), or "bootstrap" (Rao and Wu).
    weights, strata, cluster, population : as in `mean`, one stage; a correction for finite populations scales the jackknife and
        is left out of the others.
    margins : as in `rake`; each set of weights is raked to them, so that the standard errors carry the weighting.
    fay : Fay's coefficient: the units of the other half keep this share of their weight.
    draws, seed : of the bootstrap.
    centre : "replicates", squares about the mean of the replicates, or "estimate".
    df : "design", units less strata; or "effective", Satterthwaite's for a mean of units of these weights: smaller where units are
        few and unequal (S122).

    Raises
    ------
    DesignError : if a stratum has one unit, or, for balanced half-samples, other than two; or fay lies outside [0, 1).

    Jackknife: unit i of stratum h is left out and the others of h are multiplied by n_h / (n_h - 1); its square counts
    (1 - f_h)(n_h - 1) / n_h. Half-samples: rows of a Hadamard matrix say which unit of each stratum counts (2 - fay), the other
    fay; each square counts 1 / (R (1 - fay)^2). Bootstrap: n_h - 1 units are drawn in h with replacement, and count n_h / (n_h - 1)
    times the times drawn; each square counts 1 / (R - 1).

    Source: Wolter (2007), Introduction to Variance Estimation, chapters 3-5; Judkins (1990), Journal of Official Statistics 6(3);
    Rao and Wu (1988), JASA 83(401); Bell and McCaffrey (2002), Survey Methodology 28(2), for the effective degrees of freedom.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0]})
    >>> jackknife = survey.replicates(data)
    >>> round(survey.mean(data, "y", weights=jackknife).headline.std_error, 6)
    1.080123
    """
    one_of(kind, KINDS, "kind"), one_of(centre, CENTRES, "centre"), one_of(df, DEGREES, "df")
    if not 0.0 <= number(fay, "fay") < 1.0:
        raise DesignError("survey_share_outside", argument="fay", value=fay, low=0.0, high=1.0)
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population)
    stage = design.stages[0]
    factors, scales = {
        "jackknife": lambda: _jackknife(stage),
        "brr": lambda: _half_samples(stage, 0.0),
        "fay": lambda: _half_samples(stage, fay),
        "bootstrap": lambda: _bootstrap(stage, draws, generator(seed)),
    }[kind]()
    degrees = effective_df(design.weight_of_unit, stage.stratum_of_unit) if df == "effective" else 0.0
    made = Replication(factors, design.units, design.weights, scales, centre, degrees)
    named = tuple((column, frame.codes(column, "strata")) for column in (strata, cluster) if column is not None)
    if margins is None:
        return Replicates(design.weights, kind, made, named)
    known = tuple(
        margin_of(frame, column, levels) for column, levels in filled(mapping(margins, "margins"), "margins").items()
    )
    named += tuple((one.column, one.rows) for one in known)
    made = replace(made, reweight=lambda drawn: _raked(known, drawn))
    return Replicates(rake_to(known, design.weights).weights, kind, made, named)


def replicate_columns(
    data: Any,
    columns: Sequence[str],
    *,
    weights: str,
    df: int,
    scale: float = 1.0,
    scales: Sequence[float] | None = None,
    centre: str = "estimate",
) -> Replicates:
    """Return the replicate weights that a public-use file brings.

    Parameters
    ----------
    data : one row a respondent.
    columns : one a replicate, whole weights (not factors).
    weights : column of the weights.
    df : degrees of freedom, as the file's documentation gives them.
    scale : what all squares count: 1 / R for half-samples, (R - 1) / R for JK1, 4 / R for successive differences and Fay's 0.5.
    scales : what each square counts besides; ones where None.
    centre : "estimate", squares about the estimate, or "replicates", about their mean.

    Raises
    ------
    DataError : if scales do not match the columns.

    Source: Wolter (2007), Introduction to Variance Estimation, 2nd ed., chapters 3-5.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"y": [1.0, 3.0], "w": [1.0, 1.0], "r1": [0.0, 2.0], "r2": [2.0, 0.0]})
    >>> given = survey.replicate_columns(data, ["r1", "r2"], weights="w", df=1, scale=0.5)
    >>> survey.mean(data, "y", weights=given).headline.std_error
    1.0
    """
    frame = Frame.of(data)
    if number(df, "df") < 1:
        raise DesignError("survey_share_outside", argument="df", value=df, low=1, high=len(columns))
    columns = named_columns(columns, "columns")
    each = np.ones(len(columns)) if scales is None else np.asarray(numbers(scales, "scales"), dtype=np.float64)
    if len(each) != len(columns) or not columns:
        raise DataError("survey_replicate_scales", columns=len(columns), scales=len(each))
    base = frame.weights(weights)
    factors = frame.matrix(columns, "columns") / base[:, None]
    made = Replication(
        factors, np.arange(len(frame)), base, number(scale, "scale") * each, one_of(centre, CENTRES, "centre"), df=df
    )
    return Replicates(base, "given", made)


def _raked(known: tuple[Margin, ...], drawn: Floats) -> Floats:
    """Rake one set of weights.

    Raises
    ------
    DesignError : if a level of a margin is left without weight.
    """
    for one in known:
        left = np.bincount(one.rows.codes, weights=drawn, minlength=len(one.rows))
        if (left <= 0.0).any():
            level = label_of(one.rows.levels[int(np.argmin(left))])
            raise DesignError("survey_replicate_empty", column=one.column, level=level)
    return rake_to(known, drawn).weights


def _jackknife(stage: Stage) -> tuple[Floats, Floats]:
    home, drawn = stage.stratum_of_unit, stage.drawn.astype(np.float64)
    kept = np.flatnonzero(drawn[home] > 1)
    same = home[:, None] == home[None, kept]
    grown = np.where(same, (drawn / np.maximum(drawn - 1.0, 1.0))[home][:, None], 1.0)
    grown[kept, np.arange(len(kept))] = 0.0
    scales = ((1.0 - stage.fractions) * (drawn - 1.0) / drawn)[home[kept]]
    return grown, scales


def _half_samples(stage: Stage, fay: float) -> tuple[Floats, Floats]:
    if (stage.drawn != 2).any():
        cell = int(np.argmax(stage.drawn != 2))
        raise DesignError("survey_not_pairs", stratum=stage.names[cell], drawn=int(stage.drawn[cell]))
    strata = len(stage.drawn)
    size = 1 << int(strata).bit_length()
    signs = hadamard(size)[1 : strata + 1]
    first = np.zeros(len(stage.stratum_of_unit), dtype=bool)
    first[np.unique(stage.stratum_of_unit, return_index=True)[1]] = True
    sides = np.where(first[:, None], signs[stage.stratum_of_unit], -signs[stage.stratum_of_unit])
    return 1.0 + (1.0 - fay) * sides, np.full(size, 1.0 / (size * (1.0 - fay) ** 2))


def _bootstrap(stage: Stage, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    factors = np.ones((len(stage.stratum_of_unit), draws))
    for cell, drawn in enumerate(stage.drawn.tolist()):
        members: Ints = np.flatnonzero(stage.stratum_of_unit == cell)
        times = (
            rng.multinomial(drawn - 1, np.full(drawn, 1.0 / drawn), size=draws).T if drawn > 1 else np.ones((1, draws))
        )
        factors[members] = times * (drawn / max(drawn - 1, 1))
    return factors, np.full(draws, 1.0 / (draws - 1))
