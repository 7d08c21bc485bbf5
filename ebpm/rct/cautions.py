"""What an estimator must warn of beside the design: shares that differ between strata, corrections that miss pair effects."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from ebpm.moments.frame import Codes, Frame, Ints
from ebpm.moments.labels import labels_of
from ebpm.notices import Notice, Notices
from ebpm.rct.assigned import Assigned

UNCORRECTED = ("HC0", "CR0", "CR1", "CR1S", "LZ")
SMALL_STRATUM = 10
ROUNDING = 1e-9


def correction_notices(trial: Assigned, kind: str, strata: str | None) -> Notices:
    """Return R117 where effects of pairs or small strata stand beside errors that do not correct for them.

    Parameters
    ----------
    trial : the trial.
    kind : of covariance.
    strata : name of the column.
    """
    size = trial.units / len(trial.strata)
    if kind not in UNCORRECTED or len(trial.strata) < 2 or size >= SMALL_STRATUM:
        return Notices()
    facts = {"errors": kind, "strata": len(trial.strata), "size": f"{size:.3g}", "least": SMALL_STRATUM}
    return Notices((Notice("R117", strata or "", MappingProxyType(facts)),))


def unequal_probabilities(data: object, treatment: str, *, strata: str, cluster: str | None = None) -> Notices:
    """Check whether the share assigned to an arm differs between strata (R114), so that plain comparisons mix strata unfairly.

    Parameters
    ----------
    data : any frame that Narwhals knows.
    treatment : column of the assigned arm.
    strata : column of the strata within which units were assigned.
    cluster : column of the unit that was assigned, where that was not the row.

    Rule: some stratum has a unit or more too many or too few in an arm, beside the share of that arm over all strata.

    Source: Gerber and Green (2012), Field Experiments, 4.5.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"arm": [0, 0, 0, 1, 0, 1, 1, 1], "ward": ["a"] * 4 + ["b"] * 4})
    >>> unequal_probabilities(trial, "arm", strata="ward").codes
    ('R114',)
    """
    frame = Frame.of(data)
    arm, stratum = frame.codes(treatment, "treatment"), frame.codes(strata, "strata")
    rows = np.arange(len(frame)) if cluster is None else frame.codes(cluster, "cluster").codes
    first = np.unique(rows, return_index=True)[1]
    return share_notices(_cells(arm, stratum, first), labels_of(arm), treatment)


def _cells(arm: Codes, stratum: Codes, first: Ints) -> Ints:
    cells = np.zeros((len(stratum), len(arm)), dtype=np.int64)
    np.add.at(cells, (stratum.codes[first], arm.codes[first]), 1)
    return cells


def share_notices(cells: Ints, arms: tuple[str, ...], about: str) -> Notices:
    """Return R114 where the shares of the arms differ between strata.

    Parameters
    ----------
    cells : units in each stratum and arm, shape (strata, arms).
    arms : labels.
    about : name of what is analysed.
    """
    expected = cells.sum(axis=1, keepdims=True) * (cells.sum(axis=0) / cells.sum())
    off = np.abs(cells - expected).max(axis=0)
    arm = int(np.argmax(off))
    if off[arm] < 1.0 - ROUNDING:
        return Notices()
    shares = 100 * cells[:, arm] / cells.sum(axis=1)
    facts = {"arm": arms[arm], "low": f"{shares.min():.0f}", "high": f"{shares.max():.0f}"}
    return Notices((Notice("R114", about, MappingProxyType(facts)),))
