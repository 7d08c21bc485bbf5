"""What unequal weights cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.given import filled, numbers

Floats = NDArray[np.float64]


def design_effect(weights: Floats) -> float:
    """Return Kish's design effect of weighting, n sum(w^2) / sum(w)^2: 1 for equal weights.

    Parameters
    ----------
    weights : shape (n,), positive.

    Source: Kish (1965), Survey Sampling, section 11.7; Kish (1992), Journal of Official Statistics 8(2).

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm import survey
    >>> survey.design_effect(np.array([1.0, 1.0, 2.0]))
    1.125
    """
    known = np.asarray(numbers(filled(weights, "weights"), "weights"), dtype=np.float64)
    return float(len(known) * (known**2).sum() / known.sum() ** 2)


def effective_size(weights: Floats) -> float:
    """Return the number of equally weighted rows that would say as much: n over the design effect.

    Parameters
    ----------
    weights : shape (n,), positive.

    Source: Kish (1965), Survey Sampling, section 11.7.

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm import survey
    >>> round(survey.effective_size(np.array([1.0, 1.0, 2.0])), 3)
    2.667
    """
    effect = design_effect(weights)
    return len(weights) / effect


@dataclass(frozen=True, slots=True)
class Weighing:
    """Rows, Kish's design effect of their weights, and the largest weight over the mean weight."""

    n: int
    effect: float
    largest: float

    @classmethod
    def of(cls, weights: Floats) -> Weighing:
        """Return what weights, shape (n,), amount to."""
        return cls(len(weights), design_effect(weights), float(weights.max() / weights.mean()))
