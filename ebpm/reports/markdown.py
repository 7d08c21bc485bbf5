"""The report as Markdown: the same content in plain text, without figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebpm.texts import label, speaking

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation


def markdown(evaluation: Evaluation, lang: str | None = None) -> str:
    """Return the report in one language."""
    with speaking(lang) as spoken:
        return "\n\n".join(part for part in _parts(evaluation, spoken) if part) + "\n"


def _parts(evaluation: Evaluation, lang: str) -> list[str]:
    spec = evaluation.spec
    limits = "\n".join(f"- {limit.words(lang)}" for limit in spec.limits)
    notices = "\n".join(f"- {notice.to_text(lang)}" for notice in evaluation.notices)
    return [
        f"# {spec.title.words(lang)}",
        f"> {label('synthetic_banner', lang)}" if spec.synthetic else "",
        spec.question.words(lang),
        f"## {label('section_answer', lang)}",
        f"**{evaluation.verdict.title(lang)}** {evaluation.verdict.sentence(lang)}",
        evaluation.headline.sentence(lang),
        evaluation.grade.sentence(lang),
        f"## {label('section_results', lang)}",
        evaluation.table(lang).to_markdown(lang),
        f"## {label('section_checks', lang)}",
        notices or label("no_notices", lang),
        f"## {label('section_limits', lang)}",
        limits,
    ]
