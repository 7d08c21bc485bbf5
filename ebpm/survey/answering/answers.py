"""An outcome with what is not known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.labels import label_of, labels_of
from ebpm.stats.given import number
from ebpm.survey.checks import zero_one
from ebpm.survey.codes import among

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answers:
    """An outcome with what is not known of it.

    Parameters
    ----------
    values : shape (n,), the outcome; zero where it is not known.
    known : shape (n,), rows with a known answer.
    answered : shape (n,), rows whose person answered at all.
    low, high : the values that the outcome can have.
    rate : share of the people invited that the rows stand for; 1 where the rows hold everybody.
    """

    values: Floats
    known: Rows
    answered: Rows
    low: float
    high: float
    rate: float = 1.0

    def layers(self) -> tuple[tuple[str, Rows], ...]:
        """Return each layer with the rows that it speaks about; a layer that opens nothing is left out."""
        unknown = [("unknown", self.answered)] if (self.answered & ~self.known).any() else []
        complete = self.rate == 1.0 and bool(self.answered.all())
        missing = [] if complete else [("nonresponse", np.ones(len(self.known), dtype=bool))]
        return (("answered", self.known), *unknown, *missing)

    def filled(self) -> Floats:
        """Return the outcome with its lowest and with its highest value in place of what is not known, shape (n, 2)."""
        return np.where(self.known[:, None], self.values[:, None], np.array([self.low, self.high]))


def answers_of(
    frame: Frame,
    outcome: str,
    *,
    response: str | None,
    response_rate: float | None,
    code: object,
    unknown: Sequence[object],
    low: float,
    high: float,
) -> Answers:
    """Return the answers of an outcome column; the parameters are those of `survey.bounds`.

    Raises
    ------
    DataError : if a value lies outside low and high, or an answer has no respondent.
    DesignError : if nobody answered, or both a share and rows of people who did not answer are given.
    """
    present = frame.present(outcome, "outcome")
    answered = present if response is None else zero_one(frame, response, "response")
    if (present & ~answered).any():
        row = int(np.argmax(present & ~answered)) + 1
        raise DataError("survey_answer_without_response", outcome=outcome, response=response, row=row)
    known = present & ~among(frame.values(outcome, "outcome"), unknown)
    if not known.any():
        raise DesignError("survey_nobody_answered", outcome=outcome, rows=len(frame))
    values = np.zeros(len(frame))
    values[known] = _numbers(frame.rows(known), outcome, code)
    _refuse_outside(values, known, outcome, number(low, "low"), number(high, "high"))
    return Answers(values, known, answered, low, high, _rate(response_rate, answered))


def _numbers(frame: Frame, outcome: str, code: object) -> Floats:
    if code is None:
        return frame.numbers(outcome, "outcome")
    answers = frame.codes(outcome, "outcome")
    names = labels_of(answers)
    if label_of(code) not in names:
        raise DataError("survey_unknown_code", column=outcome, code=code, codes=", ".join(names))
    return np.asarray(answers.codes == names.index(label_of(code)), dtype=np.float64)


def _refuse_outside(values: Floats, known: Rows, outcome: str, low: float, high: float) -> None:
    outside = known & ~((values >= low) & (values <= high))
    if outside.any():
        row = int(np.argmax(outside))
        raise DataError(
            "survey_outside_range", column=outcome, row=row + 1, value=f"{values[row]:g}", low=low, high=high
        )


def _rate(response_rate: float | None, answered: Rows) -> float:
    if response_rate is None:
        return 1.0
    if not answered.all():
        raise DesignError("survey_response_twice", rate=response_rate, rows=int((~answered).sum()))
    if not 0.0 < response_rate <= 1.0:
        raise DesignError("survey_share_outside", argument="response_rate", value=response_rate, low=0.0, high=1.0)
    return response_rate
