"""Write case.json and data.csv: moderndid 0.2.0 and diff-diff 3.13.0 on simulated switches. The tests need neither."""

import json
import warnings
from pathlib import Path

import diff_diff
import moderndid
import numpy as np
import pandas as pd

from tests.did.doses_and_switches import switching_panel

HERE = Path(__file__).parent
EFFECTS, PLACEBOS = 4, 2
OPTIONS = {
    "plain": {}, "weights": {"weightsname": "w"}, "normalized": {"normalized": True}, "same_switchers": {"same_switchers": True}
}  # fmt: skip


def by_moderndid(data, options):
    found = moderndid.did_multiplegt(
        data, yname="y", tname="time", idname="unit", dname="d", effects=EFFECTS, placebo=PLACEBOS, **options
    )
    part = {"total": {"estimate": float(found.ate.estimate), "se": float(found.ate.std_error)}}
    for sign, one in ((1, found.effects), (-1, found.placebos)):
        rows = zip(one.estimates, one.std_errors, one.n_switchers, strict=True)
        for place, (estimate, error, switchers) in enumerate(rows):
            part[event_time(sign * (place + 1))] = {
                "estimate": float(estimate), "se": None if np.isnan(error) else float(error), "switchers": int(switchers)
            }  # fmt: skip
    return part


def by_diff_diff(data):
    model = diff_diff.ChaisemartinDHaultfoeuille(drop_larger_lower=False)
    found = model.fit(data, outcome="y", unit="unit", time="time", treatment="d", L_max=EFFECTS)
    rows = {one: found.event_study_effects[one] for one in range(1, EFFECTS + 1)}
    rows |= {-one: found.placebo_event_study[-one] for one in range(1, PLACEBOS + 1)}
    return {
        event_time(place): {"estimate": float(row["effect"]), "se": float(row["se"]), "switchers": int(row["n_obs"])}
        for place, row in rows.items()
    }


def event_time(length):
    return str(length - 1)


def gapped(data):
    """Leave rows out that leave no doubt when treatment changed: neither the first nor the one before a switch."""
    dropped = np.random.default_rng(3).random(len(data)) < 0.08
    away = data.d != data.groupby("unit").d.transform("first")
    before = data.unit.map(data.time.where(away).groupby(data.unit).min()) - 1
    return data[~dropped | (data.time == 1) | (data.time == before)]


def main():
    warnings.simplefilter("ignore")
    up, both = switching_panel(), switching_panel(seed=8, both_ways=True)
    panels = {"up": up, "both": both, "gaps": gapped(up)}
    pd.concat([data.assign(panel=name) for name, data in panels.items()]).to_csv(HERE / "data.csv", index=False)
    expected = {f"up|{name}": by_moderndid(up, options) for name, options in OPTIONS.items()}
    expected |= {"up|diff-diff": by_diff_diff(up), "both|diff-diff": by_diff_diff(both)}
    expected["gaps|plain"] = by_moderndid(panels["gaps"], {})
    expected["both|moderndid"] = by_moderndid(both, {"keep_bidirectional_switchers": True})
    case = {
        "id": "did30_switching_simulated",
        "data": "data.csv: synthetic, tests.did.doses_and_switches.switching_panel(); panel 'up': treatments only rise above the first, "
        "panel 'both': they also fall (seed 8), panel 'gaps': 'up' with rows left out",
        "spec": "keys: panel|options; terms are event times, 0 the period of the switch; 'both' keeps units that cross their first treatment",
        "software": ["moderndid 0.2.0", "diff-diff 3.13.0 (peer)"],
        "tolerance": "1e-8",
        "expected": expected,
    }
    (HERE / "case.json").write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
