"""Laws of the audit, for any evidence and any prospects."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm.logic import Evidence, LogicModel, Prospect, audit
from ebpm.logic.auditing.factors import dependence, uncertainty
from tests.logic.lamps import lamps

VERDICTS = ("supports", "against", "no_meaningful_effect", "inconclusive", "mixed", "no_effect_claim")
studies = st.builds(
    lambda verdict, level, transfer, synthetic: Evidence.model_validate(
        {
            "id": "ev", "citation": "A study", "design": "RCT", "verdict": verdict, "applicability": "-",
            "scale": {"name": "SMS", "level": level}, "transfer": transfer, "synthetic": synthetic,
        }
    ),
    st.sampled_from(VERDICTS), st.integers(1, 5), st.sampled_from(["same", "similar", "different", None]), st.booleans(),
)  # fmt: skip
prospects = st.builds(
    Prospect,
    data=st.sampled_from([None, "meters"]),
    no_counterfactual=st.sampled_from([None, "everybody had them"]),
    counterfactual=st.sampled_from([None, "a draw"]),
    mde=st.one_of(st.none(), st.floats(0.01, 10)),
    effect=st.one_of(st.none(), st.floats(-10, 10)),
)


@settings(max_examples=100, deadline=None)
@given(known=st.lists(studies, max_size=4))
def test_uncertainty_lies_between_nought_and_one_and_synthetic_data_do_not_count(known):
    found = uncertainty(known)
    assert 0 <= found.low <= found.high <= 1
    assert uncertainty([one for one in known if not one.synthetic]) == found
    assert uncertainty(reversed(known)).low == found.low


@settings(max_examples=60, deadline=None)
@given(known=prospects)
def test_knowing_more_never_widens_the_range(known):
    (bare,), (told,) = audit([lamps()]).links, audit([lamps()], prospects={("lamps", "o_homes", "oc_use"): known}).links
    assert 0 <= told.low <= told.high <= 1
    width = told.evaluability.high - told.evaluability.low
    assert width <= bare.evaluability.high - bare.evaluability.low + 1e-12


@settings(max_examples=60, deadline=None)
@given(
    forward=st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda arc: arc[0] < arc[1]), max_size=15)
)
def test_every_way_crosses_each_cut_once(forward):
    """The links into a model's only last outcome carry all of its ways, whatever the graph."""
    nodes = "".join(
        f"  - {{id: n{at}, stage: {'activity' if at == 0 else 'outcome'}{', horizon: long' if at else ''}, text: n{at}}}\n"
        for at in range(7)
    )
    edges = "".join(f"  - {{from: n{start}, to: n{end}}}\n" for start, end in sorted(forward | {(0, 6), (5, 6)}))
    head = lamps().to_yaml().partition("nodes:")[0]
    model = LogicModel.loads(f"{head}nodes:\n{nodes}edges:\n{edges}")
    shares = dependence(model)
    assert all(0 <= share <= 1 for share in shares.values())
    last = {f"n{at}" for at in range(1, 7)} - {start for start, _ in shares}
    assert sum(share for (_, end), share in shares.items() if end in last) == pytest.approx(1.0)
