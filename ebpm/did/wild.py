"""The wild cluster bootstrap of regressions of differences in differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.did.interaction import zero_one
from ebpm.did.twfe import refuse_duplicates, refuse_unnested, twfe
from ebpm.did.two_by_two import two_by_two
from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.moments.naming import some_columns
from ebpm.moments.two_way import TwoWay
from ebpm.stats.given import whole
from ebpm.stats.groups import group_products
from ebpm.stats.inference import level
from ebpm.stats.redrawn.wild import WEIGHTS, Wild, wild_bootstrap

NULLS = ("restricted", "unrestricted")


def wild_twfe(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    treatment: str | Sequence[str],
    cluster: str | None = None,
    residuals: str = "restricted",
    multipliers: str = "rademacher",
    draws: int = 9999,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> Estimates:
    """Regress on treatment with effects of unit and period as `did.twfe`, with wild cluster bootstrap inference.

    Parameters
    ----------
    data, outcome, unit, time, treatment, cluster : as in `did.twfe`.
    residuals : "restricted" (those under the null, WCR) or "unrestricted" (WCU).
    multipliers : "rademacher", all 2^G gone through where there are 200,000 or fewer, or "webb" (six points).
    draws : number of draws where not all are gone through.
    seed : of the draws.
    conf_level : level of the interval.

    Returns
    -------
    Estimates as `did.twfe`; standard errors are CR1, p values symmetric, intervals by inversion of the test.

    Raises
    ------
    DataError, DesignError : as `did.twfe`; too few draws.

    Formula, assumptions and source: `ebpm.stats.redrawn.wild.wild_bootstrap`. Effects of units are nested in clusters and drop out of each
    cluster's cross-products; those of periods stay as columns. With one to five treated clusters WCR hardly ever rejects and WCU
    far too often: use `did.few_treated` or `did.randomisation_test`.

    Source: Cameron, Gelbach and Miller (2008), REStat 90(3); MacKinnon and Webb (2017), Journal of Applied Econometrics 32(2).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = [(i, t, float(i < 4 and t == 3), (i * 5 + t * 2) % 7 + 9.0 * (i < 4 and t == 3)) for i in range(8) for t in range(4)]
    >>> table = pd.DataFrame(rows, columns=["id", "t", "d", "y"])
    >>> found = did.wild_twfe(table, "y", unit="id", time="t", treatment="d").headline
    >>> bool(found.estimate == did.twfe(table, "y", unit="id", time="t", treatment="d").headline.estimate)
    True
    """
    frame = Frame.of(data)
    plain = twfe(
        frame.native, outcome, unit=unit, time=time, treatment=treatment, cluster=cluster, conf_level=conf_level
    )
    names = some_columns(treatment, "treatment")
    units, periods = frame.codes(unit, "unit"), frame.codes(time, "time")
    refuse_duplicates(units, periods)
    groups = units if cluster is None else frame.codes(cluster, "cluster")
    refuse_unnested(units, groups, cluster or unit)
    dummies = (periods.codes[:, None] == np.arange(1, len(periods))).astype(np.float64)
    columns = np.column_stack([frame.matrix(names, "treatment"), dummies, frame.numbers(outcome, "outcome")])
    within = TwoWay(units.codes, periods.codes, np.ones(len(frame))).within_units(columns)
    how = _How(residuals, multipliers, draws, seed, conf_level, f"did.wild_twfe_{residuals}")
    return how.bootstrapped(plain, within, groups.codes)


def wild_two_by_two(
    data: Any,
    outcome: str,
    *,
    treated: str,
    post: str,
    cluster: str,
    covariates: Sequence[str] = (),
    residuals: str = "restricted",
    multipliers: str = "rademacher",
    draws: int = 9999,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare two groups before and after as `did.two_by_two`, with wild cluster bootstrap inference.

    Parameters
    ----------
    data, outcome, treated, post, cluster, covariates : as in `did.two_by_two`.
    residuals, multipliers, draws, seed, conf_level : as in `did.wild_twfe`.

    Returns
    -------
    One estimate; its standard error is CR1S, the p value symmetric, the interval by inversion of the test.

    Raises
    ------
    DataError, DesignError : as `did.two_by_two`; too few draws.

    Formula and assumptions: `did.wild_twfe`.

    Source: Cameron, Gelbach and Miller (2008), REStat 90(3); MacKinnon and Webb (2017), Journal of Applied Econometrics 32(2).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = [(g, int(g < 5), t, (g * 5 + t * 2) % 7 + 9.0 * (g < 5) * t) for g in range(10) for t in (0, 1) for _ in range(2)]
    >>> table = pd.DataFrame(rows, columns=["g", "d", "t", "y"])
    >>> bool(did.wild_two_by_two(table, "y", treated="d", post="t", cluster="g").headline.p_value < 0.05)
    True
    """
    frame = Frame.of(data)
    plain = two_by_two(
        frame.native, outcome, treated=treated, post=post, covariates=covariates, cluster=cluster, errors="CR1S",
        conf_level=conf_level,
    )  # fmt: skip
    D, after = zero_one(frame, treated, "treated"), zero_one(frame, post, "post")
    rest = [D, after, np.ones(len(frame)), frame.matrix(covariates, "covariates"), frame.numbers(outcome, "outcome")]
    groups = frame.codes(cluster, "cluster")
    how = _How(residuals, multipliers, draws, seed, conf_level, f"did.wild_two_by_two_{residuals}")
    return how.bootstrapped(plain, np.column_stack([D * after, *rest]), groups.codes)


@dataclass(frozen=True, slots=True)
class _How:
    """How the bootstrap is drawn, and under which name its results go."""

    residuals: str
    multipliers: str
    draws: int
    seed: int
    conf_level: float
    method: str

    def bootstrapped(self, plain: Estimates, columns: Floats, groups: Ints) -> Estimates:
        """Return the estimates with p values and intervals of the bootstrap.

        Parameters
        ----------
        plain : the estimates, in the order of the first columns.
        columns : regressors and the outcome last, shape (n, k + 1).
        groups : cluster of each row, shape (n,).
        """
        restricted = one_of(self.residuals, NULLS, "residuals") == "restricted"
        one_of(self.multipliers, WEIGHTS, "multipliers")
        if whole(self.draws, "draws") < 1.0 / (1.0 - level(self.conf_level)):
            raise DesignError("did_too_few_draws", draws=self.draws, least=int(np.ceil(1.0 / (1.0 - self.conf_level))))
        moments, k = group_products(columns, groups, groups=int(groups.max()) + 1), columns.shape[1] - 1
        wild = (
            wild_bootstrap(
                moments[:, :k, :k], moments[:, :k, k], contrast=np.eye(k)[place], restricted=restricted,
                weights=self.multipliers, draws=self.draws, seed=self.seed,
            )
            for place in range(len(plain))
        )  # fmt: skip
        items = tuple(self._item(item, found) for item, found in zip(plain.items, wild, strict=True))
        return Estimates(items=items, headline_term=plain.headline_term, notices=plain.notices)

    def _item(self, item: Estimate, found: Wild) -> Estimate:
        low, high = found.interval(self.conf_level)
        return replace(
            item, df=Unavailable("did_by_wild"), p_value=found.p_value(), conf_low=low, conf_high=high,
            method=self.method,
        )  # fmt: skip
