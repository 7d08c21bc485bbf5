"""Units of effects on a transformed scale, in the reader's language."""

from __future__ import annotations

from ebpm.texts import LANGUAGES, Words, label


def log_points() -> Words:
    """Return the unit of differences of logarithms."""
    return {str(lang): label("its_log_points", lang) for lang in LANGUAGES}


def log_odds() -> Words:
    """Return the unit of differences of logarithms of odds."""
    return {str(lang): label("its_log_odds", lang) for lang in LANGUAGES}
