"""For GitHub: workflow commands that annotate the changed lines of a pull request."""

from __future__ import annotations

from ebpm.logic.folder import LintReport
from ebpm.logic.lint_formats.tables import counted
from ebpm.texts import words

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def to_github(report: LintReport, lang: str | None = None) -> str:
    """Return one command a find, and the counts as plain text.

    Source: GitHub Docs, workflow commands for GitHub Actions (error, warning, notice; escaping of data and properties).
    """
    commands = [
        f"::{LEVELS[find.severity]} file={_property(file.file)},line={find.line},title={_property(f'{find.code} {words(find.title, lang)}')}::"
        + _data(f"{words(find.message, lang)} → {words(find.remedy, lang)}")
        for file in report.files
        for find in file.finds
    ]
    return "\n".join((*commands, counted(report, lang))) + "\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
