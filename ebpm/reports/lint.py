"""The lint of many models as one HTML page in both languages: no external request, headings in order, tables with scopes."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ebpm.logic.folder import LintReport
from ebpm.logic.lint_formats.tables import counted, sums
from ebpm.logic.profiles import profile_of
from ebpm.texts import LANGUAGES, label, language, words


def html(report: LintReport, lang: str | None = None) -> str:
    """Return the page; the language asked for comes first, the other below it.

    Parameters
    ----------
    report : what `lint_files` gave.
    lang : "ja" or "en"; the current language where None.
    """
    environment = Environment(
        loader=PackageLoader("ebpm.reports"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    first = language(lang)
    content = {
        "lang": first,
        "languages": (first, *(other for other in LANGUAGES if other != first)),
        "say": label,
        "words": words,
        "counted": counted,
        "tables": sums,
        "html": lambda table, lang: Markup(table.to_html(lang)),  # noqa: S704  # Table escapes every cell
        "report": report,
        "profile": profile_of(report.profile),
    }
    return environment.get_template("lint.html.j2").render(**content) + "\n"
