"""Guard rails of designs: what the data and the structure of adoption say before and beside an estimate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ebpm.did.cohort_means import Allocation
from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Facts, Notices, Rule, run

VERY_FEW = 5
UNLIKE = 2.0
NAMED = 5
MOST = 0.5

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Missed:
    """A trend that a test before treatment may miss.

    Parameters
    ----------
    bias : that it leaves in the effect where the test was passed.
    power : of the test against it.
    estimate, std_error : of the effect.
    """

    bias: float
    power: float
    estimate: float
    std_error: float


def _missed(subject: Missed) -> Finds:
    if abs(subject.bias) >= abs(subject.estimate):
        yield "", {"bias": abs(subject.bias), "power": subject.power, "estimate": subject.estimate}


@dataclass(frozen=True, slots=True)
class Allocated:
    """A test by redrawing.

    Parameters
    ----------
    treated : units that are treated.
    possible : allocations that there are.
    error : p value at which the test rejects.
    """

    treated: int
    possible: int
    error: float


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the treated units and of the median comparison unit."""

    treated: float
    comparison: float

    @classmethod
    def of(cls, sizes: Floats, given: Allocation) -> Sizes:
        """Take the mean size of the treated units, and the median of the others."""
        treated = np.isfinite(given.cohorts[given.dates])
        return cls(float(sizes[treated].mean()), float(np.median(sizes[~treated])))


@dataclass(frozen=True, slots=True)
class Grid:
    """Units by periods: 0 not seen, 1 untreated, 2 treated, 3 no longer treated, shape (U, T)."""

    states: NDArray[np.int8]
    periods: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What a look at the data before any estimate found.

    Parameters
    ----------
    zeros : share of zeros in the outcome.
    logged : whether the outcome is a logarithm of one plus a count.
    multiplicative : whether it holds counts or skewed amounts with zeros.
    before : periods before the last date at which treatment begins.
    moved : p value of each time-varying covariate that treatment seems to move.
    heaviest : unit that decides most of the variance of the effect, and its share.
    always : units treated from the first period in which they are seen.
    """

    zeros: float
    logged: bool
    multiplicative: bool
    before: int = 2
    moved: Mapping[str, float] = field(default_factory=dict)
    heaviest: tuple[str, float] = ("", 0.0)
    always: int = 0


def _logged(subject: Screened) -> Finds:
    if subject.logged and subject.zeros:
        yield "", {"zeros": subject.zeros}


def _multiplicative(subject: Screened) -> Finds:
    if subject.multiplicative:
        yield "", {"zeros": subject.zeros}


def _moved(subject: Screened) -> Finds:
    for name, p_value in subject.moved.items():
        yield name, {"p_value": p_value}


def _heavy(subject: Screened) -> Finds:
    unit, share = subject.heaviest
    if share > MOST:
        yield unit, {"share": share, "limit": MOST}


def _short(subject: Screened) -> Finds:
    if subject.before < 2:
        yield "", {"before": subject.before}


def _no_comparison(subject: Grid) -> Finds:
    treated, compared = ((subject.states == state).any(axis=0) for state in (2, 1))
    bare = subject.periods[treated & ~compared]
    if len(bare):
        yield (
            "",
            {"periods": ", ".join(map(str, bare[:NAMED])) + (", …" if len(bare) > NAMED else ""), "count": len(bare)},
        )


def _ends(subject: Grid) -> Finds:
    units = (subject.states == 3).any(axis=1)
    if units.any():
        yield "", {"units": int(units.sum()), "treated": int((subject.states == 2).any(axis=1).sum())}


def _always(subject: Screened) -> Finds:
    if subject.always:
        yield "", {"units": subject.always}


def _few(subject: Allocated) -> Finds:
    if subject.treated <= VERY_FEW:
        yield "", {"treated": subject.treated, "least": VERY_FEW + 1}


def _coarse(subject: Allocated) -> Finds:
    if 1.0 / subject.possible > subject.error:
        yield "", {"possible": subject.possible, "smallest": 1.0 / subject.possible, "error": subject.error}


def _unequal(subject: Sizes) -> Finds:
    ratio = subject.treated / subject.comparison
    if not 1 / UNLIKE <= ratio <= UNLIKE:
        yield "", {"treated": subject.treated, "comparison": subject.comparison}


ALLOCATED: tuple[Rule[Allocated], ...] = (Rule("D244", _few), Rule("D247", _coarse))
GRID: tuple[Rule[Grid], ...] = (Rule("D245", _no_comparison), Rule("D246", _ends))
SCREENED: tuple[Rule[Screened], ...] = (
    Rule("D207", _always),
    Rule("D239", _logged),
    Rule("D240", _multiplicative),
    Rule("D241", _moved),
    Rule("D242", _heavy),
    Rule("D249", _short),
)
SIZES: tuple[Rule[Sizes], ...] = (Rule("D248", _unequal),)
MISSED: tuple[Rule[Missed], ...] = (Rule("D238", _missed),)


def check_missed(subject: Missed) -> Notices:
    """Return the notices on a trend that a test of the periods before treatment may miss."""
    return run(MISSED, subject)


def check_allocation(subject: Allocated) -> Notices:
    """Return the notices on how few units are treated, and how few allocations there are."""
    return run(ALLOCATED, subject)


def check_sizes(subject: Sizes) -> Notices:
    """Return the notices on treated units that are larger or smaller than the others."""
    return run(SIZES, subject)


def check_grid(subject: Grid) -> Notices:
    """Return the notices on periods without a comparison and on treatment that ends."""
    return run(GRID, subject)


def check_screened(subject: Screened) -> Notices:
    """Return the notices of a look at the data before any estimate."""
    return run(SCREENED, subject)
