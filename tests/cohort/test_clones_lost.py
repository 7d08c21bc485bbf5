"""Clones and histories weighted for leaving too: standard errors by moving each person's weight, truths known, bad inputs."""

import numpy as np
import pandas as pd
import pytest

from ebpm import DataError, DesignError, SpecError, cohort
from tests.cohort.cohorts import records, trial

STEP, GRACE, YEAR = 60, 120, 300


def window(**changes):
    return {"days": YEAR, "interval": STEP, "ends": ["left"], "lost": "weighted", "changes": ["worse"]} | changes


def people(seed=0, n=90):
    """Persons who get worse at some time; the worse leave sooner. Every date is a day of its own, so that nothing is tied."""
    rng = np.random.default_rng(seed)
    x, worse = rng.normal(size=n), rng.exponential(250, n)
    started = rng.exponential(180 * np.exp(0.3 * x))
    back = rng.exponential(350 * np.exp(-0.3 * x))
    left = rng.exponential(400 * np.exp(-0.4 * x - 0.5 * (worse < 100)))
    ends = np.minimum(back, np.minimum(left, YEAR))
    when = np.argsort(np.argsort(np.r_[started, back, left, worse])) * (2 * YEAR / (4 * n)) // 1 + 1
    started, back, left, worse = when.reshape(4, n)
    ends = np.minimum(back, np.minimum(left, YEAR))
    empty = [np.where(one <= ends, one, np.nan) for one in (back, left)]
    return pd.DataFrame({
        "pid": np.arange(n), "zero": 0.0, "started": np.where(started < ends, started, np.nan), "back": empty[0],
        "left": np.where(back <= left, np.nan, empty[1]), "worse": np.where(worse < YEAR, worse, np.nan), "x": x,
    })  # fmt: skip


def declared(handling, days=0, **changes):
    return trial(handling, days, interval=STEP, follow_up=window(**changes))


def logit(y, X, g):
    b = np.zeros(X.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-X @ b))
        b += np.linalg.solve(X.T @ (X * (g * p * (1 - p))[:, None]), X.T @ (g * (y - p)))
    return b


class ByHand:
    """The analysis over again, with a weight for each person."""

    def __init__(self, data):
        filled = data.fillna(np.inf)
        self.x, self.started, self.worse = (filled[name].to_numpy() for name in ("x", "started", "worse"))
        self.exit = np.minimum(np.minimum(filled["back"], filled["left"]), YEAR).to_numpy()
        self.event = (filled["back"] == self.exit).to_numpy()
        self.lost = ~self.event & (self.exit < YEAR)

    def chances(self, when, steps, names, g):
        """Fit what happens at `when` in the steps, and return its chance of every person and step."""
        rows, happens, person = [], [], []
        for step in range(steps):
            low, high = step * STEP, min((step + 1) * STEP, YEAR)
            for i in np.flatnonzero((when > low) & (self.exit > low) & ((when <= high) | (self.exit >= high))):
                rows.append(self.row(i, step, steps, names))
                happens.append(when[i] <= high)
                person.append(i)
        b = logit(np.array(happens, float), np.array(rows), g[person])
        every = [[self.row(i, step, steps, names) @ b for step in range(steps)] for i in range(len(self.x))]
        return 1 / (1 + np.exp(-np.array(every)))

    def row(self, i, step, steps, names):
        known = {"x": self.x[i], "on": self.started[i] <= step * STEP, "worse": self.worse[i] <= step * STEP}
        return np.array([1.0, *(known[name] for name in names), *(step == later for later in range(1, steps))], float)

    def staying(self, g, names=("x", "on", "worse")):
        leaving = self.chances(np.where(self.lost, self.exit, np.inf), YEAR // STEP, names, g)
        return np.cumprod(np.column_stack([np.ones(len(self.x)), 1 - leaving]), axis=1)

    def risks(self, g):
        steps = GRACE // STEP
        h, stay = self.chances(self.started, steps, ("x", "worse"), g), self.staying(g)
        begins, found = self.started <= GRACE, []
        waited = np.cumprod(np.column_stack([np.ones(len(self.x)), 1 - h]), axis=1)
        for arm in (0, 1):
            alive = 1.0
            for day in np.sort(self.exit[self.event]):
                k = int((day - 1e-9) // STEP)
                inside = (self.exit >= day) & (self.started >= day if arm == 0 else (day <= GRACE) | begins)
                inside |= (arm == 0) & (self.exit >= day) & ~begins
                w = g / stay[:, k] / (waited[:, min(k, steps)] if arm == 0 else 1.0)
                if arm == 1 and day > GRACE:
                    w = w / np.where(self.started > GRACE - STEP, h[:, -1], 1.0)
                alive *= 1 - w[inside & self.event & (self.exit == day)].sum() / w[inside].sum()
            found.append(1 - alive)
        return np.array(found)

    def log_hazard_ratio(self, g):
        steps = YEAR // STEP
        own, plain = (self.chances(self.started, steps, names, g) for names in (("x", "worse"), ()))
        stay, plainly = self.staying(g), self.staying(g, ("on",))
        step = np.where(np.isfinite(self.started), np.ceil(self.started / STEP) - 1, 0).astype(int)
        history = []
        for h in (own, plain):
            waited = np.cumprod(np.column_stack([np.ones(len(self.x)), 1 - h]), axis=1)
            begun = waited[np.arange(len(self.x)), step] * h[np.arange(len(self.x)), step]
            history.append((waited, begun))
        b = 0.0
        for _ in range(40):
            score = information = 0.0
            for day in self.exit[self.event]:
                k, on = int((day - 1e-9) // STEP), self.started < day
                weight = [np.where(on, begun, waited[:, k]) for waited, begun in history]
                w = g * weight[1] / weight[0] * plainly[:, k] / stay[:, k] * (self.exit >= day)
                mean = (w * on * np.exp(b * on)).sum() / (w * np.exp(b * on)).sum()
                own_weight, own_on = w[self.event & (self.exit == day)][0], on[self.event & (self.exit == day)][0]
                score, information = score + own_weight * (own_on - mean), information + own_weight * mean * (1 - mean)
            b += score / information
        return np.array([b])


def moved(statistic, n):
    changes = []
    for person in range(n):
        up, down = (statistic(np.where(np.arange(n) == person, 1 + move, 1.0)) for move in (1e-4, -1e-4))
        changes.append((up - down) / 2e-4)
    return np.sqrt(np.square(changes).sum(axis=0))


def test_risks_of_clones_by_hand_and_their_errors():
    data = people()
    found = cohort.emulate(data, "back", trial=declared("clone_censor_weight", GRACE), covariates=["x"]).estimates
    hand, terms = ByHand(data), ("risk_untreated", "risk_treated")
    assert [found[term].estimate for term in terms] == pytest.approx(hand.risks(np.ones(len(data))), rel=1e-8)
    assert [found[term].std_error for term in terms] == pytest.approx(moved(hand.risks, len(data)), rel=1e-5)


def test_the_hazard_ratio_of_a_history_by_hand_and_its_error():
    data = people(1)
    found = cohort.emulate(data, "back", trial=declared("time_varying"), covariates=["x"]).estimates.headline
    hand = ByHand(data)
    assert found.estimate == pytest.approx(hand.log_hazard_ratio(np.ones(len(data)))[0], rel=1e-8)
    assert found.std_error == pytest.approx(moved(hand.log_hazard_ratio, len(data))[0], rel=1e-5)


def leaving(seed, n=3000):
    """Begun or not, nothing changes the outcome; the worse have it sooner, and of them the untreated leave."""
    rng = np.random.default_rng(seed)
    worse = rng.exponential(150, n)
    started = np.where(rng.random(n) < 0.5, rng.uniform(0, 60, n), np.inf)
    back = np.full(n, np.inf)
    left = np.full(n, np.inf)
    for day in range(0, YEAR, 5):
        open_ = np.minimum(back, left) > day
        bad = worse <= day
        hits = rng.random(n) < np.where(bad, 0.03, 0.004)
        goes = rng.random(n) < np.where(bad & (started > day), 0.05, 0.001)
        back, left = np.where(open_ & hits, day + 2, back), np.where(open_ & ~hits & goes, day + 3, left)
    dates = {"started": started, "back": back, "left": left, "worse": worse}
    return pd.DataFrame({"pid": np.arange(n), "zero": 0.0, "x": rng.normal(size=n)} | {
        name: np.where(np.isfinite(one), np.ceil(one), np.nan) for name, one in dates.items()
    })  # fmt: skip


def test_it_undoes_what_a_loss_does_that_goes_with_a_change():
    effects = {}
    for name, follow_up in {"ignored": {"lost": "ignored", "changes": []}, "weighted": {"interval": 15}}.items():
        declaration = trial("clone_censor_weight", 60, follow_up=window(**({"interval": 15} | follow_up)))
        runs = [
            cohort.emulate(leaving(seed), "back", trial=declaration, covariates=["x"]).estimates for seed in range(3)
        ]
        effects[name] = np.mean([one["risk_difference"].estimate for one in runs])
    assert effects["ignored"] > 0.08
    assert abs(effects["weighted"]) < 0.035


def test_rows_are_split_and_end_as_before():
    plain = cohort.person_time(people(), declared("clone_censor_weight", GRACE, lost="ignored")).frame
    split = cohort.person_time(people(), declared("clone_censor_weight", GRACE)).frame
    assert (split["stop"] - split["start"]).max() <= STEP
    keys, sums = ["pid", "treated"], ["event", "departed"]
    assert (split.groupby(keys)[sums].sum() == plain.groupby(keys)[sums].sum()).all().all()
    assert (split.groupby(keys)["stop"].max() == plain.groupby(keys)["stop"].max()).all()


def test_without_a_loss_or_a_change_nothing_changes():
    data = records(n=400).assign(left=np.nan)
    plain, ours = (
        cohort.emulate(data, "back", trial=trial("clone_censor_weight", follow_up=one), covariates=["x"]).estimates
        for one in ({"days": 365, "interval": 15}, {"days": 365, "interval": 15, "ends": ["left"], "lost": "weighted"})
    )
    assert ours["risk_difference"].estimate == pytest.approx(plain["risk_difference"].estimate, rel=1e-12)
    assert ours["risk_difference"].std_error == pytest.approx(plain["risk_difference"].std_error, rel=1e-12)
    assert "C417" not in ours.notices.codes


def test_the_loss_is_noticed_and_heavy_weights_are():
    gone = leaving(0, 600).assign(x=(np.arange(600) % 4 == 0).astype(int))
    gone.loc[(gone["x"] == 1) & (np.arange(600) % 40 > 0), "left"] = 30.0
    found = {}
    for lost in ("weighted", "ignored"):
        declaration = trial("clone_censor_weight", 60, follow_up=window(lost=lost, interval=30, changes=[]))
        found[lost] = cohort.emulate(gone, "back", trial=declaration, covariates=["x"]).notices
    assert "C417" in found["weighted"].codes
    assert "C417" not in found["ignored"].codes
    assert found["weighted"].codes.count("C409") > found["ignored"].codes.count("C409")


def test_the_protocol_says_what_is_weighted():
    found = cohort.person_time(people(), declared("clone_censor_weight", GRACE))
    assert "made up for" in str(found.tables("en")[-1])
    assert "worse" in str(found.tables("en")[-1])
    assert "補う" in str(found.tables("ja")[-1])


def test_changes_belong_to_histories():
    with pytest.raises(SpecError, match="changes"):
        cohort.emulate(people(), "back", trial=declared("landmark", GRACE), covariates=["x"])
    with pytest.raises(DataError, match="elsewhere"):
        cohort.emulate(people(), "back", trial=declared("time_varying", changes=["elsewhere"]), covariates=["x"])


def test_a_loss_that_treatment_tells_exactly_is_refused():
    data = people(n=300)
    data.loc[data["started"].notna(), "left"] = np.nan
    with pytest.raises(DesignError, match="exactly whose outcome"):
        cohort.emulate(data, "back", trial=declared("clone_censor_weight", GRACE, changes=[]), covariates=["x"])


def test_a_change_that_never_comes_is_refused():
    with pytest.raises(DesignError) as caught:
        cohort.emulate(people().assign(worse=np.nan), "back", trial=declared("time_varying"), covariates=["x"])
    assert "worse" in str(caught.value)


def test_steps_that_cannot_be_are_named():
    data = people().assign(days=10.0, event=1, treated=np.arange(90) % 2)
    given = {"event": "event", "treatment": "treated", "covariates": ["x"], "horizon": 5}
    with pytest.raises(DesignError, match="loss_steps=-1"):
        cohort.iptw_survival(data, "days", loss_steps=-1, **given)
    with pytest.raises(DesignError, match="interval=0"):
        cohort.pooled_logistic(data, "days", interval=0, **given)
