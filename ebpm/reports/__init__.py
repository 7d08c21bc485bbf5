"""Reports: one file a format, one registry; `report(evaluation).save(path)` picks by the file's ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ebpm.errors import SpecError
from ebpm.pilot.disclosure import refuse_small_cells
from ebpm.reports.html import html
from ebpm.reports.markdown import markdown
from ebpm.texts import Lang, language

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation

FORMATS: Mapping[str, Callable[[Evaluation, str | None], str]] = MappingProxyType({".html": html, ".md": markdown})


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluation in one language, ready to be saved in any registered format.

    Parameters
    ----------
    evaluation : what `Pilot.evaluate` gave.
    lang : "ja" or "en".
    """

    evaluation: Evaluation
    lang: Lang

    def text(self, ending: str = ".html") -> str:
        """Return the report in the format of a file ending.

        Raises
        ------
        SpecError : if no format has that ending.
        DataError : if a number rests on fewer rows than the pilot's tier allows.
        """
        if ending not in FORMATS:
            raise SpecError("report_format", ending=ending, known=", ".join(FORMATS))
        refuse_small_cells(self.evaluation)
        return FORMATS[ending](self.evaluation, self.lang)

    def save(self, path: str | Path) -> Path:
        """Write the report and return its path; the format follows from the file's ending."""
        path = Path(path)
        text = self.text(path.suffix)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    def _repr_html_(self) -> str:
        return self.text()


def report(evaluation: Evaluation, *, lang: str | None = None) -> Report:
    """Return the report of an evaluation.

    Parameters
    ----------
    evaluation : what `Pilot.evaluate` gave.
    lang : "ja" or "en"; the current language where None.

    Examples
    --------
    >>> import ebpm
    >>> pilot = ebpm.read_pilot("pilots/student_energy_saving")  # doctest: +SKIP
    >>> ebpm.report(pilot.evaluate(), lang="ja").save("report.html")  # doctest: +SKIP
    """
    return Report(evaluation, language(lang))
