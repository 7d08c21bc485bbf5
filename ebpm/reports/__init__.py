"""Reports: what a page says (`content`, `card`), how a format writes it, one registry; `report(evaluation).save(path)` picks by the file's ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ebpm.errors import SpecError
from ebpm.pilot.leaving.disclosure import released
from ebpm.reports.blocks import Document
from ebpm.reports.card import card, slides
from ebpm.reports.content import full
from ebpm.reports.excel import excel
from ebpm.reports.html import html
from ebpm.reports.markdown import markdown
from ebpm.reports.word import word
from ebpm.texts import Lang, language, speaking

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation

SHAPES: Mapping[str, Callable[[Evaluation, str], Document]] = MappingProxyType(
    {"full": full, "card": card, "slides": slides}
)
FORMATS: Mapping[str, Callable[[Document], bytes]] = MappingProxyType({
    ".html": lambda document: html(document).encode(), ".md": lambda document: markdown(document).encode(),
    ".docx": word, ".xlsx": excel,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluation in one language, ready to be saved in any registered format.

    Parameters
    ----------
    evaluation : what `Pilot.evaluate` gave.
    lang : "ja" or "en".
    shape : "full", "card" (one page in plain words) or "slides".
    """

    evaluation: Evaluation
    lang: Lang
    shape: str = "full"

    def document(self) -> Document:
        """Return what the report says, before any format.

        Raises
        ------
        DataError : if a number rests on fewer rows than the pilot's tier allows.
        """
        with speaking(self.lang) as spoken:
            return SHAPES[self.shape](released(self.evaluation), spoken)

    def content(self, ending: str = ".html") -> bytes:
        """Return the report in the format of a file ending.

        Raises
        ------
        SpecError : if no format has that ending.
        DataError : if a number rests on fewer rows than the pilot's tier allows.
        """
        if ending not in FORMATS:
            raise SpecError("report_format", ending=ending, known=", ".join(FORMATS))
        document = self.document()
        with speaking(self.lang):
            return FORMATS[ending](document)

    def text(self, ending: str = ".html") -> str:
        """Return the report in a format that is text; errors as `content`."""
        return self.content(ending).decode()

    def save(self, path: str | Path) -> Path:
        """Write the report and return its path; the format follows from the file's ending."""
        path = Path(path)
        content = self.content(path.suffix)
        path.write_bytes(content)
        return path

    def _repr_html_(self) -> str:
        return self.text()


def report(evaluation: Evaluation, *, lang: str | None = None, shape: str = "full") -> Report:
    """Return the report of an evaluation.

    Parameters
    ----------
    evaluation : what `Pilot.evaluate` gave.
    lang : "ja" or "en"; the current language where None.
    shape : "full", "card" (one page in plain words) or "slides" (for a committee).

    Raises
    ------
    SpecError : if there is no such shape.

    Examples
    --------
    >>> import ebpm
    >>> pilot = ebpm.read_pilot("pilots/student_energy_saving")  # doctest: +SKIP
    >>> ebpm.report(pilot.evaluate(), lang="ja").save("report.html")  # doctest: +SKIP
    """
    if shape not in SHAPES:
        raise SpecError("report_shape", shape=shape, known=", ".join(SHAPES))
    return Report(evaluation, language(lang), shape)
