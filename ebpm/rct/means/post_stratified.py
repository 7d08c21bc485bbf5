"""Post-stratification: strata formed from what was known before assignment, which did not guide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ebpm.errors import DataError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Codes, Frame
from ebpm.moments.labels import labels_of
from ebpm.moments.naming import named_columns
from ebpm.rct.assigned import Assigned, refuse_empty_cells, refuse_varying
from ebpm.rct.checks import design_notices
from ebpm.rct.means.comparison import compare
from ebpm.rct.summed_trial import summed_trial
from ebpm.rct.trial import Trial, combined, read_trial


def post_stratified(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    by: str | Sequence[str],
    control: object = None,
    cluster: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms within groups formed before assignment, and average the differences by the groups' size.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person. A lazy table, a path to Parquet files or `moments.scan` is summed where it
        lies if groups are formed by one column.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    by : columns known before assignment; groups are their combinations. Strata of the assignment belong among them.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned; groups are then of clusters.
    weights : column of analytical weights.
    conf_level : level of the intervals.

    Raises
    ------
    DesignError : as `difference_in_means`: every group needs two units of each arm.

    Formula: sum_k (n_k / n) (m_k1 - m_k0), variance sum_k (n_k / n)^2 (s_k1^2 / n_k1 + s_k0^2 / n_k0), Satterthwaite's df: that of blocks,
    given how many of each group came into each arm. Over all such splits it is larger than that of blocks by a term of order 1 / n^2.

    Assumptions: units were assigned at random, all with the same probability or by a stratum that is among the groups; groups are
    of the plan, not chosen by their result; no interference between units.

    Source: Miratrix, Sekhon and Yu (2013), Journal of the Royal Statistical Society B 75(2), equations 5 and 16.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"kwh": [1.0, 2, 3, 4, 6, 8, 5, 9], "arm": [0, 0, 1, 1] * 2, "flat": [0] * 4 + [1] * 4})
    >>> post_stratified(trial, "kwh", treatment="arm", by="flat")["1"].estimate
    1.0
    """
    columns = named_columns(by, "by")
    if not columns:
        raise DataError("rct_no_groups", argument="by")
    grouped: Assigned | None = None
    if len(columns) == 1:
        roles = {
            "treatment": treatment,
            "control": control,
            "cluster": cluster,
            "strata": columns[0],
            "weights": weights,
        }
        grouped = summed_trial(data, outcome, columns=roles, records={})
    if grouped is None:
        frame = Frame.of(data)
        trial = read_trial(frame, outcome, treatment=treatment, control=control, cluster=cluster, weights=weights)
        grouped = _in_strata(trial, combined(frame, columns, "by"), column=" × ".join(columns))
    kind = "cluster" if grouped.clustered else "unit"
    found = compare(grouped, conf_level, combined=True)
    items = tuple(replace(item, method=f"rct.{kind}_post_stratified") for item in found.items)
    return replace(found, items=items).with_notices(design_notices(grouped, outcome))


def _in_strata(trial: Trial, blocks: Codes, *, column: str) -> Trial:
    """Return the trial in other strata.

    Parameters
    ----------
    trial : the trial.
    blocks : stratum of each row.
    column : its name, for messages.

    Raises
    ------
    DesignError : if a stratum varies within a cluster, or has fewer than two units of an arm.
    """
    clusters = Codes(trial.unit, tuple(range(1, trial.units + 1)))
    refuse_varying("rct_stratum_varies", clusters, blocks.codes, column=column, cluster="cluster")
    grouped = replace(trial, stratum=blocks.codes, strata=labels_of(blocks))
    refuse_empty_cells(grouped, "", column, lone=False)
    return grouped
