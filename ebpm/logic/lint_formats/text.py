"""For people at a terminal: a line a notice, what to do below it, the sums at the end."""

from __future__ import annotations

from collections.abc import Iterator

from ebpm.logic.folder import Checked, Find, LintReport
from ebpm.logic.lint_formats.tables import counted, sums
from ebpm.logic.profiles import profile_of
from ebpm.texts import label, words


def to_text(report: LintReport, lang: str | None = None) -> str:
    """Return the report as text; files without a find are only counted."""
    lines = [line for file in report.files for find in file.finds for line in _lines(report, file, find, lang)]
    tables = (
        [table.caption + "\n" + table.to_text(lang) + "\n" for table in sums(report, lang) if table.rows]
        if len(report.files) > 1
        else []
    )
    return "\n".join((*lines, *([""] if lines else []), *tables, counted(report, lang))) + "\n"


def _lines(report: LintReport, file: Checked, find: Find, lang: str | None) -> Iterator[str]:
    about = f" [{find.about}]" if find.about else ""
    yield f"{file.file}:{find.line}: {find.code} {label(f'severity_{find.severity}', lang)}{about}: {words(find.message, lang)}"
    yield f"    → {words(find.remedy, lang)}"
    if profile_of(report.profile).verbose and find.why:
        yield f"    {label('lint_why', lang, text=words(find.why, lang))}"
        yield f"    {label('lint_source', lang, text=find.source)}"
