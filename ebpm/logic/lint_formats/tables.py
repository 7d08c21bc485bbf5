"""Sums by bureau and by rule, as tables."""

from __future__ import annotations

from collections import defaultdict

from ebpm.logic.folder import Checked, Find, LintReport
from ebpm.logic.profiles import profile_of
from ebpm.table import Table
from ebpm.texts import label, words


def sums(report: LintReport, lang: str | None = None) -> tuple[Table, Table]:
    """Return the sums by bureau and by rule."""
    return by_bureau(report, lang), by_rule(report, lang)


def by_bureau(report: LintReport, lang: str | None = None) -> Table:
    """Return one row a bureau: models, clean ones, errors, warnings, notes."""
    groups: dict[str, list[Checked]] = defaultdict(list)
    for file in report.files:
        groups[words(file.bureau, lang) or label("lint_unread", lang)].append(file)
    rows = tuple(
        (name, len(files), sum(not file.finds for file in files), *(sum(file.count(one) for file in files) for one in ("error", "warning", "info")))
        for name, files in sorted(groups.items())
    )  # fmt: skip
    columns = ("lint_bureau", "lint_models", "lint_clean", "lint_errors", "lint_warnings", "lint_infos")
    return Table(columns, rows, label("lint_by_bureau", lang))


def by_rule(report: LintReport, lang: str | None = None) -> Table:
    """Return one row a rule that found something: how often, in how many models."""
    seen = {find.code: find for file in report.files for find in file.finds}
    rows = tuple(
        (code, words(find.title, lang), label(f"severity_{find.severity}", lang), report.codes[code], sum(any(one.code == code for one in file.finds) for file in report.files))
        for code, find in sorted(seen.items())
    )  # fmt: skip
    return Table(("code", "lint_rule", "severity", "lint_notices", "lint_models"), rows, label("lint_by_rule", lang))


def finds(report: LintReport, lang: str | None = None) -> Table:
    """Return one row a find: place, code, severity, what it is about, message, what to do."""
    rows = tuple(_row(file, find, lang) for file in report.files for find in file.finds)
    return Table(("lint_place", "code", "severity", "about", "message", "remedy"), rows, label("lint_by_file", lang))


def _row(file: Checked, find: Find, lang: str | None) -> tuple[str, ...]:
    severity = label(f"severity_{find.severity}", lang)
    message, remedy = (" ".join(words(text, lang).split()) for text in (find.message, find.remedy))
    return (f"{file.file}:{find.line}", find.code, severity, find.about, message, remedy)


def counted(report: LintReport, lang: str | None = None) -> str:
    """Return the counts of the report in one line."""
    counts = {"errors": report.count("error"), "warnings": report.count("warning"), "infos": report.count("info")}
    return label("lint_count", lang, files=len(report.files), profile=profile_of(report.profile).title(lang), **counts)


def to_table(report: LintReport, lang: str | None = None) -> str:
    """Return the sums as text."""
    shown = (f"{table.caption}\n{table.to_text(lang)}\n" for table in sums(report, lang) if table.rows)
    return "\n".join((*shown, counted(report, lang) + "\n"))


def to_markdown(report: LintReport, lang: str | None = None) -> str:
    """Return sums and finds as Markdown."""
    tables = (*sums(report, lang), finds(report, lang))
    shown = (f"## {table.caption}\n\n{table.to_markdown(lang)}\n" for table in tables if table.rows)
    return "\n".join((f"# {label('lint_title', lang)}\n", counted(report, lang) + "\n", *shown))
