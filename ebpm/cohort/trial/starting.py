"""Weights of clones, of histories of treatment and of those who stay, from the chances of beginning it and of leaving."""

from __future__ import annotations

import numpy as np

from ebpm.cohort.trial.spells import PersonSpells
from ebpm.cohort.weights.steps import StartModel
from ebpm.stats.regression.stacked import Weights


def clone_weights(model: StartModel, rows: PersonSpells) -> Weights:
    """Return the weights of clones: the inverse chance of not having departed from their strategy before each row.

    A clone that shall not begin departs by beginning; one that shall begin departs only at the end of the grace period, so that those
    who begin in its last step stand for those who let it pass.

    Source: Cain et al. (2010), International Journal of Biostatistics 6(2):18; Hernán (2018), BMJ 360:k182.
    """
    late = rows.start >= model.steps * model.interval
    complete = np.minimum(rows.start // model.interval, model.steps).astype(np.int64)
    waiting = np.where(rows.treated == 0, complete, 0)
    last = model.steps - 1
    closing = np.where((rows.treated == 1) & late & (model.step[rows.person] == last), last, -1)
    return model.waited(rows.person, waiting).times(model.begun(rows.person, closing))


def history_weights(model: StartModel, rows: PersonSpells) -> Weights:
    """Return the inverse chance of each person's own history of treatment up to each row.

    Source: Hernán, Brumback and Robins (2000), Epidemiology 11(5).
    """
    own = model.step[rows.person]
    waiting = np.where(rows.treated == 1, own, (rows.start // model.interval).astype(np.int64))
    return model.waited(rows.person, waiting).times(model.begun(rows.person, np.where(rows.treated == 1, own, -1)))


def staying_weights(model: StartModel, rows: PersonSpells) -> Weights:
    """Return the inverse chance of not having left in the steps before each row.

    Source: Robins and Finkelstein (2000), Biometrics 56(3).
    """
    return model.waited(rows.person, (rows.start // model.interval).astype(np.int64))
