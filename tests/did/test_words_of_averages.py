"""The average over all effects has a name in both languages, in every routine that gives one."""

import pytest

from ebpm import did
from tests.did.test_cluster_arms import KEYS, ROUTINES, panel

MORE = {
    "synthetic_did": lambda data: did.synthetic_did(data, "y", **KEYS, draws=10).aggregate("simple"),
    "synthetic_control": lambda data: did.synthetic_control(data, "y", **KEYS).aggregate("simple"),
    "few_treated": lambda data: did.few_treated(data, "y", **KEYS, draws=39),
    "randomisation_test": lambda data: did.randomisation_test(data, "y", **KEYS, draws=39),
}


@pytest.mark.parametrize(("lang", "name"), [("ja", "全体の平均"), ("en", "overall average")])
@pytest.mark.parametrize("routine", [*ROUTINES, *MORE])
def test_the_overall_average_is_called_by_name(routine, lang, name):
    data = panel({0: 9, 4: 3}, units=1)
    found = (ROUTINES | MORE)[routine](data)
    head = found.estimates.headline if hasattr(found, "estimates") else found["overall"]
    assert (head.term, head.called(lang)) == ("overall", name)
    assert lang == "en" or "overall" not in found.summary(lang)
