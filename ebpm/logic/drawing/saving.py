"""The drawing as files: SVG, PNG and PDF on A4 or A3, the same bytes for the same model."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ebpm.errors import SpecError
from ebpm.figures.style import settings
from ebpm.logic.drawing.draw import paint
from ebpm.logic.drawing.margins import draw_foot, draw_head, draw_panels, head_height
from ebpm.logic.drawing.plan import Look, Plan, planned
from ebpm.logic.drawing.sheet import PAPERS, Paper, PaperName, sheet_on
from ebpm.logic.tables import described
from ebpm.texts import language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ebpm.logic.model import LogicModel

METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}  # fmt: skip
DPI = 200


def save(model: LogicModel, path: Path | str, *, look: Look, paper: PaperName = "A4") -> tuple[Path, ...]:
    """Write the drawing; see `LogicModel.save_drawing`."""
    file = Path(path)
    kind = file.suffix.removeprefix(".").lower()
    if kind not in METADATA:
        raise SpecError("drawing_kind", path=str(path), known=", ".join(f".{one}" for one in METADATA))
    sheets = [to_pdf(model, look=look, paper=paper)] if kind == "pdf" else _sheets(model, kind, look, paper)
    names = [file] if len(sheets) == 1 else [file.with_stem(f"{file.stem}-{at}") for at in range(1, len(sheets) + 1)]
    for name, content in zip(names, sheets, strict=True):
        name.write_bytes(content)
    return tuple(names)


def to_pdf(model: LogicModel, *, look: Look | None = None, paper: PaperName = "A4") -> bytes:
    """Return the drawing as PDF, one page a sheet."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages

    shown, stream = look or Look(), io.BytesIO()
    facts = {**METADATA["pdf"], "Title": model.model.title.words(shown.lang)}
    with mpl.rc_context(settings()), PdfPages(stream, metadata=facts) as pages:
        for figure in _figures(model, shown, paper_named(paper), pages=True):
            pages.savefig(figure)
    return stream.getvalue()


def to_png(model: LogicModel, *, look: Look | None = None, paper: PaperName = "A4") -> bytes:
    """Return the drawing as PNG on one sheet, which grows downwards where it must."""
    return _one(model, "png", look or Look(), paper_named(paper))


def to_svg(model: LogicModel, *, look: Look | None = None, paper: PaperName = "A4") -> str:
    """Return the drawing as SVG on one sheet, with title and description; see `LogicModel.to_svg`."""
    return _one(model, "svg", look or Look(), paper_named(paper)).decode()


def paper_named(name: str) -> Paper:
    """Return a paper size by its name.

    Raises
    ------
    SpecError : if there is none of that name.
    """
    if name not in PAPERS:
        raise SpecError("drawing_paper", paper=name, known=", ".join(get_args(PaperName)))
    return PAPERS[name]


def _one(model: LogicModel, kind: str, look: Look, paper: Paper) -> bytes:
    import matplotlib as mpl

    with mpl.rc_context(settings()):
        (figure,) = _figures(model, look, paper, pages=False)
        return _bytes(model, figure, kind, look)


def _sheets(model: LogicModel, kind: str, look: Look, paper: PaperName) -> list[bytes]:
    import matplotlib as mpl

    with mpl.rc_context(settings()):
        return [_bytes(model, figure, kind, look) for figure in _figures(model, look, paper_named(paper), pages=True)]


def _figures(model: LogicModel, look: Look, paper: Paper, *, pages: bool) -> Iterator[Figure]:
    plan = planned(model, look, paper=paper, pages=pages)
    for page in range(plan.pages):
        figure = _blank(plan)
        paint(model, plan, sheet_on(figure.axes[0], paper.wide, plan.tall), look, page=page)
        yield figure
    if plan.apart:
        figure = _blank(plan)
        sheet = sheet_on(figure.axes[0], paper.wide, plan.tall)
        draw_head(model, sheet, look.lang, page=(plan.pages, plan.pages + 1))
        draw_panels(model, sheet, look, plan.tall - head_height(model, paper.wide, look.lang))
        draw_foot(model, sheet, look, panels=False)
        yield figure


def _blank(plan: Plan) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(plan.paper.wide, plan.tall))
    figure.set_layout_engine("none")
    figure.add_axes((0, 0, 1, 1))
    return figure


def _bytes(model: LogicModel, figure: Figure, kind: str, look: Look) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format=kind, dpi=DPI if kind == "png" else "figure", metadata=METADATA[kind])
    return _titled(stream.getvalue().decode(), model, look.lang).encode() if kind == "svg" else stream.getvalue()


def _titled(svg: str, model: LogicModel, lang: str | None) -> str:
    name, title, text = model.model.id, escape(model.model.title.words(lang)), escape(described(model, lang))
    start, end = svg.index("<svg "), svg.index(">", svg.index("<svg "))
    opening = (
        f'<svg role="img" lang="{language(lang)}" aria-labelledby="{name}-title {name}-desc" {svg[start + 5 : end]}>'
    )
    return f'{svg[:start]}{opening}\n <title id="{name}-title">{title}</title>\n <desc id="{name}-desc">{text}</desc>{svg[end + 1 :]}'
