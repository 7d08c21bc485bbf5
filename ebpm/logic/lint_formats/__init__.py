"""How a lint report is told: one file a form. Adding a form means a file and a line here."""

from collections.abc import Callable

from ebpm.logic.folder import LintReport
from ebpm.logic.lint_formats.canonical import to_json
from ebpm.logic.lint_formats.github import to_github
from ebpm.logic.lint_formats.sarif import to_sarif
from ebpm.logic.lint_formats.tables import to_markdown, to_table
from ebpm.logic.lint_formats.text import to_text

FORMATS: dict[str, Callable[[LintReport, str | None], str]] = {
    "text": to_text,
    "table": to_table,
    "markdown": to_markdown,
    "json": to_json,
    "sarif": to_sarif,
    "github": to_github,
}

__all__ = ["FORMATS"]
