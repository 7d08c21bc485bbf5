"""A number of assignments too long to be written out is no obstacle to saying what was found."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_large_trial_is_told_in_words(lang):
    rng = np.random.default_rng(1)
    trial = pd.DataFrame({"y": rng.normal(size=20_000), "arm": rng.permutation(np.repeat([0, 1], 10_000))})
    found = rct.randomisation_test(trial, "y", treatment="arm", draws=50)
    assert found.headline.possible > 10**4300
    assert "50" in found.summary(lang)
