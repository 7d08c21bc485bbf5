"""How far a share among simulated draws may stray from what a method claims, by chance alone."""

from scipy.stats import binom

RARE = 1e-3  # a method that keeps its claim fails such a test once in a thousand seeds
NOMINAL = (0.935, 0.965)


def allowed(draws, claim=NOMINAL):
    """The least and the largest share of draws that a coverage inside the claim gives but for one seed in a thousand, each side."""
    low, high = claim
    return binom.ppf(RARE, draws, low) / draws, binom.ppf(1 - RARE, draws, high) / draws


def keeps(share, draws, claim=NOMINAL):
    low, high = allowed(draws, claim)
    return low <= share <= high
