"""The normal draws of R's set.seed(seed); rnorm(size): Mersenne Twister and inversion, for tests against results that were simulated in R."""

import numpy as np
from scipy.special import ndtri

BIG = 134217728


def rnorm(seed, size):
    """Return the draws, as documented in R's help page Random and its default kinds."""
    state, words = seed, []
    for step in range(50 + 625):
        state = (69069 * state + 1) % 2**32
        if step >= 50:
            words.append(state)
    twister = np.random.MT19937()
    twister.state = {"bit_generator": "MT19937", "state": {"key": np.array(words[1:], dtype=np.uint32), "pos": 624}}
    uniform = twister.random_raw(2 * size).astype(np.float64) * 2.3283064365386963e-10
    return ndtri((np.floor(BIG * uniform[0::2]) + uniform[1::2]) / BIG)
