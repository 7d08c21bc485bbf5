"""What an estimate says about the link: a verdict against a declared margin, and a grade that is computed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from ebpm.estimate import Estimate, Unavailable
from ebpm.notices import Notices
from ebpm.texts import label, language

Expected = Literal["up", "down", "none"]
VerdictCode = Literal["supports", "against", "no_meaningful_effect", "inconclusive", "mixed", "no_effect_claim"]
WITHOUT_COUNTERFACTUAL = frozenset({"survey"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the primary analyses say of the link.

    Parameters
    ----------
    code : supports, against, no_meaningful_effect, inconclusive, mixed or no_effect_claim.
    expected : the declared direction.
    margin : the smallest effect that matters, in the unit of the estimate; 0 where none was declared.
    """

    code: VerdictCode
    expected: Expected = "none"
    margin: float = 0.0

    def title(self, lang: str | None = None) -> str:
        return label(f"verdict_{self.code}", lang)

    def sentence(self, lang: str | None = None) -> str:
        """Return what the verdict means, and what it does not."""
        return label(f"verdict_{self.code}_sentence", lang, margin=f"{self.margin:g}")


def verdict(estimate: Estimate, *, expected: Expected, margin: float = 0.0) -> Verdict:
    """Hold an interval against zero and against the smallest effect that matters.

    Parameters
    ----------
    estimate : with its interval.
    expected : direction that the logic model claims, "up" or "down"; with "none" only a null can be supported.
    margin : smallest effect that matters, in the unit of the estimate; 0 where none was declared.

    Notes
    -----
    With interval [l, u]: no_meaningful_effect where -margin < l and u < margin; supports where the interval lies
    beyond zero in the expected direction; against where it lies beyond zero in the other; inconclusive otherwise. An
    interval without width says that nothing varied, not that the effect is known: it is inconclusive.

    Examples
    --------
    >>> from ebpm.stats.inference import t_estimate
    >>> from ebpm.evidence import verdict
    >>> e = t_estimate(-0.4, 0.3, term="arm", n=40, estimand="itt", method="rct.lin")
    >>> verdict(e, expected="down", margin=0.2).code
    'inconclusive'
    """
    low, high = estimate.conf_low, estimate.conf_high
    if isinstance(low, Unavailable) or isinstance(high, Unavailable) or low == high:
        return Verdict("inconclusive", expected, margin)
    return Verdict(_code(low, high, expected, margin), expected, margin)


def _code(low: float, high: float, expected: Expected, margin: float) -> VerdictCode:
    if margin > 0 and -margin < low and high < margin:
        return "no_meaningful_effect"
    if low <= 0.0 <= high or expected == "none":
        return "inconclusive"
    return "supports" if (low > 0) == (expected == "up") else "against"


def combined(verdicts: Sequence[Verdict], design: str) -> Verdict:
    """Return one verdict of several primary outcomes: mixed where they disagree."""
    if design in WITHOUT_COUNTERFACTUAL or not verdicts:
        return Verdict("no_effect_claim")
    codes = {one.code for one in verdicts}
    return verdicts[0] if len(codes) == 1 else Verdict("mixed")


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the rubric: the ceiling of a design."""

    design: str
    ceiling: int
    level_en: str
    level_ja: str
    source: str

    def wording(self, lang: str | None = None) -> str:
        return self.level_ja if language(lang) == "ja" else self.level_en


@dataclass(frozen=True, slots=True)
class Deduction:
    """A row of the rubric: what a failed check costs."""

    code: str
    levels: int
    why_en: str
    why_ja: str
    source: str

    def why(self, lang: str | None = None) -> str:
        return self.why_ja if language(lang) == "ja" else self.why_en


@dataclass(frozen=True, slots=True)
class Grade:
    """Strength of evidence: the ceiling of the design less what the checks cost; nobody types it.

    Parameters
    ----------
    scale : name of the rubric.
    step : the design's row.
    deductions : the rows whose codes were raised, in the order of the rubric.
    """

    scale: str
    step: Step
    deductions: tuple[Deduction, ...]

    @property
    def level(self) -> int:
        """The level: never below 1 for a graded design, 0 for one that is not graded."""
        if not self.step.ceiling:
            return 0
        return max(1, self.step.ceiling - sum(one.levels for one in self.deductions))

    def sentence(self, lang: str | None = None) -> str:
        if not self.step.ceiling:
            return label("grade_none", lang, wording=self.step.wording(lang))
        lost = "; ".join(f"{one.code} -{one.levels} ({one.why(lang)})" for one in self.deductions)
        facts = {"level": self.level, "ceiling": self.step.ceiling, "wording": self.step.wording(lang)}
        return label("grade_sentence", lang, **facts, lost=lost or label("grade_nothing_lost", lang))


def grade(design: str, notices: Notices) -> Grade:
    """Compute the grade of a design from the checks that failed.

    Parameters
    ----------
    design : type of design of pilot.yaml.
    notices : everything that the checks raised.

    Source: rubrics/sms.csv and rubrics/deductions.csv, each row with its own source.
    """
    step = next(one for one in steps() if one.design == design)
    raised = set(notices.codes)
    return Grade("SMS (What Works Growth)", step, tuple(one for one in deductions() if one.code in raised))


def _rows(name: str) -> Iterable[dict[str, str]]:
    text = (files("ebpm") / "rubrics" / name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


@cache
def steps() -> tuple[Step, ...]:
    """Return the rubric's designs and ceilings."""
    return tuple(Step(**row | {"ceiling": int(row["ceiling"])}) for row in _rows("sms.csv"))  # type: ignore[arg-type]


@cache
def deductions() -> tuple[Deduction, ...]:
    """Return the rubric's deductions."""
    return tuple(Deduction(**row | {"levels": int(row["levels"])}) for row in _rows("deductions.csv"))  # type: ignore[arg-type]
