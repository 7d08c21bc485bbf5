"""How often intervals under relative magnitudes hold the truth: `python benchmarks/honest_coverage.py ebpm` or `... diff_diff`.

Coefficients are drawn around a steady trend, so that the bound of one holds exactly, and no effect; covariance of the counties' minimum wages
(tests/reference/did09_honestdid_mpdta), with one or all three of its coefficients before treatment. The target is the effect in the first period,
or the average of four.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

CASE = Path(__file__).parents[1] / "tests" / "reference" / "did09_honestdid_mpdta" / "case.json"
DRAWS, AFTER, SLOPES = 300, 4, (0.0, 0.02, 0.06)
Interval = Callable[..., tuple[float, float]]


def draws() -> Iterator[tuple[int, float, np.ndarray, np.ndarray]]:
    """Yield coefficients before treatment, slope of the trend, drawn coefficients and their covariance."""
    whole = np.array(json.loads(CASE.read_text(encoding="utf-8"))["expected"]["mpdta"]["sigma"])
    rng = np.random.default_rng(20190401)
    for before in (1, 3):
        sigma = whole[3 - before :, 3 - before :]
        steps = np.r_[np.arange(-before, 0), np.arange(1, AFTER + 1)]
        for slope in SLOPES:
            yield before, slope, slope * steps + rng.multivariate_normal(np.zeros(len(steps)), sigma, size=DRAWS), sigma


def ebpm(values: np.ndarray, sigma: np.ndarray, before: int, *, average: bool) -> tuple[float, float]:
    from ebpm import did
    from ebpm.did.joint import Reading

    places = [*range(-before - 1, AFTER)]
    at = [place for place, event in enumerate(places) if event != -1]
    held, covariance = np.zeros(len(places)), np.zeros((len(places), len(places)))
    held[at], covariance[np.ix_(at, at)] = values, sigma
    reading = Reading(method="did.event_study.twfe", rows=1, clusters=1, df=np.inf, conf_level=0.95)
    named = [(str(event), "did_reference" if event == -1 else "") for event in places]
    study = reading.given("event", named, held, covariance, positions=places, headline="0")
    target = "average" if average else "0"
    return did.honest(study, restriction="relative_magnitudes", bounds=[1.0], target=target).intervals[0]


def diff_diff(values: np.ndarray, sigma: np.ndarray, before: int, *, average: bool) -> tuple[float, float]:
    from diff_diff import HonestDiD

    weights = np.full(AFTER, 1 / AFTER) if average else np.eye(AFTER)[0]
    parts = (
        values[:before],
        values[before:],
        sigma,
        sigma[before:, before:],
        weights,
        before,
        AFTER,
        1.0,
        [*range(before)],
        None,
    )
    _, _, low, high = HonestDiD(method="relative_magnitude", M=1.0)._compute_rm_bounds(*parts)  # noqa: SLF001
    return low, high


if __name__ == "__main__":
    interval: Interval = {"ebpm": ebpm, "diff_diff": diff_diff}[sys.argv[1]]
    for before, slope, values, sigma in draws():
        for average in (False, True):
            found = np.array([interval(one, sigma, before, average=average) for one in values])
            covered, width = ((found[:, 0] <= 0) & (found[:, 1] >= 0)).mean(), np.median(found[:, 1] - found[:, 0])
            what = "average" if average else "first"
            print(f"{before} before, slope {slope}, {what}: {covered:.3f} hold it, median width {width:.3f}")
