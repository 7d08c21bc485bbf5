"""The items of reporting guidelines by number, each with the topic that answers it; the words are our own."""

from __future__ import annotations

from dataclasses import dataclass

from ebpm.evidence import WITHOUT_COUNTERFACTUAL


@dataclass(frozen=True, slots=True)
class Guideline:
    """A reporting guideline.

    Parameters
    ----------
    name : with its year.
    citation : where it was published.
    items : number of the item and our topic, in its order.
    """

    name: str
    citation: str
    items: tuple[tuple[str, str], ...]


def _items(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (one.split(":") for one in text.split())
    return tuple((number, topic) for number, topic in pairs)


CONSORT = Guideline(
    "CONSORT 2025",
    "Hopewell et al. (2025), CONSORT 2025 statement, PLOS Medicine 22(4), e1004587",
    _items(
        "1a:title 1b:summary 2:registration 3:plan 4:sharing 5a:funding 5b:conflicts 6:background 7:objectives"
        " 8:involvement 9:design 10:changes 11:setting 12a:eligibility 12b:providers 13:intervention 14:outcomes"
        " 15:harms_sought 16a:sample_size 16b:interim 17a:sequence 17b:restriction 18:concealment 19:implementation"
        " 20a:blinding 20b:blinding_how 21a:methods 21b:population 21c:missing 21d:additional 22a:flow 22b:losses"
        " 23a:dates 23b:stopping 24a:delivery 24b:concomitant 25:baseline 26:estimates 27:harms 28:ancillary"
        " 29:interpretation 30:limitations"
    ),
)
TREND = Guideline(
    "TREND 2004",
    "Des Jarlais, Lyles, Crepaz and the TREND Group (2004), American Journal of Public Health 94(3)",
    _items(
        "1:title 2:background 3:eligibility 4:intervention 5:objectives 6:outcomes 7:sample_size 8:sequence 9:blinding"
        " 10:analysis_unit 11:methods 12:flow 13:dates 14:baseline 15:equivalence 16:analysed 17:estimates"
        " 18:ancillary 19:harms 20:interpretation 21:generalisability 22:other_evidence"
    ),
)
STROBE = Guideline(
    "STROBE 2007",
    "von Elm et al. (2007), The STROBE statement, PLoS Medicine 4(10), e296",
    _items(
        "1:title 2:background 3:objectives 4:design 5:setting 6:eligibility 7:variables 8:measurement 9:bias"
        " 10:sample_size 11:quantities 12:methods 13:flow 14:baseline 15:analysed 16:estimates 17:ancillary"
        " 18:summary 19:limitations 20:interpretation 21:generalisability 22:funding"
    ),
)
TOPICS = tuple(sorted({topic for one in (CONSORT, TREND, STROBE) for _, topic in one.items}))
RANDOMISED = frozenset({"rct", "cluster_rct", "survey_experiment"})


def guideline(design: str) -> Guideline:
    """Return the guideline of a design: CONSORT where it was randomised, TREND where not, STROBE without a comparison."""
    if design in RANDOMISED:
        return CONSORT
    return STROBE if design in WITHOUT_COUNTERFACTUAL else TREND
