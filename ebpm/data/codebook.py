"""The contract written out for readers: a codebook in Markdown, in Japanese or English."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ebpm.data.contract import Column, DataSet, End
from ebpm.texts import label, language


def codebook(dataset: DataSet, lang: str | None = None) -> str:
    """Return the codebook of a table as Markdown.

    Parameters
    ----------
    dataset : the contract.
    lang : "ja" or "en".

    Notes
    -----
    Title, source, licence, what a row is, keys; each column with meaning, type, unit, range, missing codes and role;
    the codes; the row rules. Synthetic data are said to be synthetic, first thing.
    """
    tongue = language(lang)
    warning = [label("codebook_synthetic", tongue)] if dataset.synthetic else []
    parts = [
        f"# {dataset.title.words(tongue)}",
        *warning,
        _facts(dataset, tongue),
        f"## {label('codebook_columns', tongue)}",
        _columns(dataset, tongue),
        *(_codes(column, tongue) for column in dataset.columns if column.codes),
        *_rules(dataset, tongue),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(dataset: DataSet, lang: str) -> str:
    facts = {
        "file" if dataset.path else "package": f"`{dataset.place}`",
        "source": dataset.source.words(lang),
        "licence": dataset.licence,
        "row_is": dataset.row_is.words(lang),
        "keys": ", ".join(f"`{key}`" for key in dataset.keys) or "-",
        "max_refused": f"{100 * dataset.max_refused:g} %",
    }
    return "\n".join(f"- {label(f'codebook_{name}', lang)}: {value}" for name, value in facts.items())


def _columns(dataset: DataSet, lang: str) -> str:
    names = ("column", "header", "label", "type", "unit", "range", "missing", "required", "role")
    headings = [label(f"codebook_{name}", lang) for name in names]
    return _table(headings, (_column(column, dataset, lang) for column in dataset.columns))


def _column(column: Column, dataset: DataSet, lang: str) -> tuple[str, ...]:
    return (
        f"`{column.name}`",
        column.header or column.name,
        column.label.words(lang),
        label(f"type_{column.type}", lang),
        column.unit or "-",
        _interval(column.range) if column.range else "-",
        ", ".join(f"`{code}`" for code in column.missing_codes) or "-",
        label("codebook_yes" if dataset.needs(column) else "codebook_no", lang),
        label(f"role_{column.role}", lang),
    )


def _interval(ends: tuple[End, End]) -> str:
    low, high = ("" if end is None else str(end) for end in ends)
    return f"{low} – {high}".strip()


def _codes(column: Column, lang: str) -> str:
    headings = [label(f"codebook_{name}", lang) for name in ("code", "label")]
    rows = ((f"`{key}`", words.words(lang)) for key, words in column.codes.items())
    return f"### {label('codebook_codes', lang)}: `{column.name}`\n\n{_table(headings, rows)}"


def _rules(dataset: DataSet, lang: str) -> list[str]:
    if not dataset.rules:
        return []
    headings = [label(f"codebook_{name}", lang) for name in ("rule", "condition", "label")]
    rows = ((rule.id, f"`{rule.left} {rule.op} {rule.right}`", rule.text.words(lang)) for rule in dataset.rules)
    return [f"## {label('codebook_rules', lang)}", _table(headings, rows)]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (headings, ["---"] * len(headings), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
