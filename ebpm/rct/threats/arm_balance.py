"""The balance of one arm with control."""

from __future__ import annotations

from dataclasses import dataclass, field

from ebpm.moments.frame import Floats
from ebpm.rct.threats.omnibus import Omnibus


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmBalance:
    """One arm against control.

    Parameters
    ----------
    arm : its label.
    covariates : names, length k.
    means, control_means : of the rows, shape (k,).
    standardised : differences over the root of the mean of the two variances, shape (k,); zero where there is no variation.
    within : the same of differences within strata, averaged by n1 n0 / n; equal to `standardised` where there are none.
    test : of all covariates, under the assignment as it was.
    unstratified : the same test without the strata.
    """

    arm: str
    covariates: tuple[str, ...]
    means: Floats = field(compare=False)
    control_means: Floats = field(compare=False)
    standardised: Floats = field(compare=False)
    within: Floats = field(compare=False)
    test: Omnibus
    unstratified: Omnibus

    @property
    def statistic(self) -> float:
        """Of the test of all covariates."""
        return self.test.statistic

    @property
    def df(self) -> int:
        """Of the test of all covariates."""
        return self.test.df

    @property
    def p_value(self) -> float:
        """Of the test of all covariates."""
        return self.test.p_value
