"""What a row adds by the estimated distribution of the end of follow-up is near the derivative by its weight."""

import numpy as np
import pytest

from ebpm.stats.survival.fine_gray import censoring_influence, fine_gray_fit
from ebpm.stats.survival.risk_sets import Spells


def persons(*, censored=True, competing=True, n=240):
    rng = np.random.default_rng(6)
    x = rng.normal(size=(n, 2))
    time, kind = rng.exponential(1 / np.exp(0.4 * x[:, 0])), rng.integers(1, 3 if competing else 2, n)
    end = rng.exponential(1.2, n) if censored else np.full(n, np.inf)
    return np.minimum(time, end), np.where(time <= end, kind, 0), x, rng.uniform(0.5, 2.0, n), np.arange(n) % 2


def fitted(found, weights, ties):
    time, event, x, _, group = found
    spells = Spells.of(time, event, weights=weights, group=group)
    return fine_gray_fit(spells, x, kind=1, ties=ties), spells


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_it_is_near_the_derivative_by_the_weight_of_the_row(ties):
    found = persons()
    weights = found[3]
    fit, spells = fitted(found, weights, ties)
    known, added = fit.influence(), censoring_influence(fit, spells, kind=1)
    step, rows = 1e-5, np.arange(0, 240, 8)
    numeric = np.empty((len(rows), 2))
    for place, row in enumerate(rows):
        moved = np.eye(240)[row] * step
        numeric[place] = (
            fitted(found, weights + moved, ties)[0].coefficients - fitted(found, weights - moved, ties)[0].coefficients
        ) / (2 * step)
    # the martingale is divided by those followed, the derivative of a product limit by those who stay
    assert np.abs(known[rows] + added[rows] - numeric).max() < 0.1 * np.abs(known[rows] - numeric).max()


@pytest.mark.parametrize("without", [{"censored": False}, {"competing": False}])
def test_without_loss_or_competing_events_it_is_nothing(without):
    found = persons(**without)
    fit, spells = fitted(found, found[3], "efron")
    assert np.abs(censoring_influence(fit, spells, kind=1)).max() < 1e-12
