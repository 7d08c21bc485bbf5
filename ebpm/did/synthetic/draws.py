"""The same estimator on redrawn data: every placebo assignment to donors, units drawn anew, units left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ebpm.did.synthetic.fit import Estimator, Synthetic
from ebpm.did.synthetic.sample import FEWEST_DONORS, Sample
from ebpm.errors import DesignError
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.given import generator, number
from ebpm.stats.redrawn.permutation import Redraws

TRIES = 20


@dataclass(frozen=True, slots=True)
class Draws:
    """Gaps on redrawn data, in the groups of the fit.

    Parameters
    ----------
    kind : "placebo", "bootstrap" or "jackknife".
    gaps : shape (B, G, T).
    counts : units of each group, shape (B, G); 0 where a draw has none.
    complete : whether these are all the draws that there are.
    """

    kind: str
    gaps: Floats
    counts: Ints
    complete: bool

    def __len__(self) -> int:
        return len(self.gaps)

    def deviations(self, values: Floats, known: Floats) -> Floats:
        """Return rows whose cross-product is the covariance of some averages.

        Parameters
        ----------
        values : of the averages on each draw, shape (B, K).
        known : 1 where a draw has them, shape (B, K).

        Formula: placebo and bootstrap, the mean squared deviation over the draws; jackknife, (N - 1) / N times the sum of squared
        deviations from the mean of the N estimates.
        """
        drawn = known.sum(axis=0)
        centred: Floats = (values - (values * known).sum(axis=0) / drawn) * known
        rows: Floats = centred * (np.sqrt((drawn - 1) / drawn) if self.kind == "jackknife" else 1.0 / np.sqrt(drawn))
        return rows


def placebos(sample: Sample, estimate: Estimator, *, draws: int, seed: int) -> Draws | Unavailable:
    """Give the starts of the treated units to donors, the treated left out: every way to do so, or `draws` of them.

    Parameters
    ----------
    sample, estimate : what was estimated, and how.
    draws : most assignments to go through.
    seed : of the numpy Generator where not all are.

    Source: Abadie, Diamond and Hainmueller (2010), 3.4; Arkhangelsky et al. (2021), algorithm 4; Clarke et al. (2024) for cohorts.
    """
    donors, starts = sample.donors, np.sort(sample.starts[sample.treated])
    if len(donors) - len(starts) < FEWEST_DONORS:
        return Unavailable("synthetic_no_placebos")
    arms = np.zeros(len(donors), dtype=np.int64)
    arms[: len(starts)] = np.searchsorted(sample.cohorts, starts) + 1
    redraws = Redraws(arms, np.zeros(len(donors), dtype=np.int64))
    given = np.append(sample.length, sample.cohorts)
    fits = [estimate(sample.of(donors, given[row])) for row in _assignments(redraws, draws, seed)]
    return Draws(
        "placebo", np.stack([one.gaps for one in fits]), np.stack([one.counts for one in fits]),
        complete=redraws.possible <= draws,
    )  # fmt: skip


def _assignments(redraws: Redraws, draws: int, seed: int) -> Iterator[Ints]:
    rng = generator(seed)
    blocks = np.concatenate(list(redraws.blocks(draws, seed)))
    chosen = rng.choice(len(blocks), draws, replace=False) if len(blocks) > draws else np.arange(len(blocks))
    yield from blocks[chosen].astype(np.int64)


def bootstraps(sample: Sample, estimate: Estimator, *, draws: int, seed: int) -> Draws | Unavailable:
    """Draw units with replacement; a draw without a treated unit or with fewer than two donors is drawn again.

    Source: Arkhangelsky et al. (2021), algorithm 2; Clarke et al. (2024) for cohorts, of which a draw may miss some.
    """
    if len(sample.treated) < 2:
        return Unavailable("synthetic_one_treated")
    rng, units = generator(seed), len(sample.starts)
    shape = (draws, len(sample.cohorts))
    gaps, counts = np.zeros((*shape, sample.length)), np.zeros(shape, dtype=np.int64)
    done = 0
    for _ in range(TRIES * draws):
        rows = np.sort(rng.integers(0, units, units))
        drawn = sample.of(rows, sample.starts[rows])
        if not len(drawn.treated) or len(drawn.donors) < FEWEST_DONORS:
            continue
        found = estimate(drawn)
        places = np.searchsorted(sample.cohorts, found.starts)
        gaps[done, places], counts[done, places] = found.gaps, found.counts
        done += 1
        if done == draws:
            return Draws("bootstrap", gaps, counts, complete=False)
    return Unavailable("synthetic_no_bootstrap")


def jackknives(sample: Sample, fit: Synthetic) -> Draws | Unavailable:
    """Leave out each unit in turn; the weights of the other donors and of the periods stay, scaled to sum to one.

    Source: Arkhangelsky et al. (2021), algorithm 3.
    """
    adjusted = sample.adjusted()
    if fit.counts.min() < 2:
        return Unavailable("synthetic_one_treated")
    if fit.unit_weights.max() > 1.0 - 1e-9:
        return Unavailable("synthetic_one_weight")
    donors = adjusted.paths[adjusted.donors]
    weights = fit.unit_weights
    raw = fit.treated - weights @ donors
    kept = fit.treated[None] - (
        (weights @ donors)[None] - weights.T[:, :, None] * donors[:, None, :]
    ) / (1.0 - weights.T)[:, :, None]  # fmt: skip
    without_treated = np.repeat(raw[None], len(adjusted.treated), axis=0)
    counts = np.repeat(fit.counts[None], len(adjusted.starts), axis=0)
    for draw, row in enumerate(adjusted.treated):
        group = int(np.searchsorted(fit.starts, adjusted.starts[row]))
        size = fit.counts[group]
        without_treated[draw, group] += (fit.treated[group] - adjusted.paths[row]) / (size - 1)
        counts[len(donors) + draw, group] -= 1
    gaps = np.concatenate([kept, without_treated])
    base = np.einsum("bgt,gt->bg", gaps, fit.time_weights)
    return Draws("jackknife", gaps - base[:, :, None], counts, complete=True)


def whole_draws(draws: int) -> int:
    """Return the number of draws, checked.

    Raises
    ------
    DesignError : if it is not a whole number above one.
    """
    if not number(draws, "draws") >= 2 or draws % 1 != 0:
        raise DesignError("synthetic_draws", value=draws)
    return int(draws)
