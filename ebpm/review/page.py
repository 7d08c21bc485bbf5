"""A verification as one HTML page."""

from __future__ import annotations

from ebpm.reports.html import rendered
from ebpm.review.findings import Verification
from ebpm.texts import language, speaking, words


def html(verification: Verification, lang: str | None = None) -> str:
    """Return the page: what is wrong first, then counts, then the map from numbers to lines, then everything."""
    with speaking(lang) as spoken:
        content = {"found": verification, "words": lambda one: words(one, spoken)}
        return rendered("verify.html.j2", language(spoken), content)
