"""One evaluated pilot for all tests of reports, and each of its pages drawn once."""

from pathlib import Path

import pytest

import ebpm
from ebpm.reports import FORMATS
from ebpm.texts import speaking

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def evaluation():
    return ebpm.read_pilot(ROOT / "pilots" / "student_energy_saving").evaluate()


@pytest.fixture(scope="session")
def document():
    """Return what makes the pages of evaluations, each once."""
    known = {}

    def page(evaluation, shape, lang):
        key = (evaluation.spec.id, shape, lang)
        if key not in known:
            known[key] = ebpm.report(evaluation, lang=lang, shape=shape).document()
        return known[key]

    return page


@pytest.fixture(scope="session")
def written(document):
    """Return pages in a format, each written once."""
    known = {}

    def content(evaluation, ending, lang, shape="full"):
        key = (evaluation.spec.id, ending, lang, shape)
        if key not in known:
            with speaking(lang):
                known[key] = FORMATS[ending](document(evaluation, shape, lang))
        return known[key]

    return content
