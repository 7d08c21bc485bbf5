"""How figures look: a context, never a change of the caller's settings; Japanese glyphs; colour-blind safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, GREY, BLUE, ORANGE, GREEN, ZONE = "#1a1a1a", "#6b6b6b", "#0b5394", "#b45309", "#1b7f4b", "#e8edf3"
JAPANESE_FONTS = ("IPAexGothic", "Noto Sans CJK JP", "Yu Gothic", "Hiragino Sans")


@cache
def japanese_font() -> str:
    """Return the first installed font with Japanese glyphs; the one that matplotlib-fontja brings is preferred."""
    from importlib.util import find_spec
    from pathlib import Path

    from matplotlib import font_manager

    found = find_spec("matplotlib_fontja")
    if found is not None and found.origin is not None:
        for file in sorted(Path(found.origin).parent.rglob("*.ttf")):
            font_manager.fontManager.addfont(str(file))
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in JAPANESE_FONTS if name in known), "DejaVu Sans")


def settings() -> dict[Any, Any]:
    """Return the matplotlib settings of every figure."""
    return {
        "font.family": [japanese_font(), "DejaVu Sans"],
        "font.size": 10,
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
        "axes.titlelocation": "left",
        "axes.grid": False,
        "figure.dpi": 110,
        "figure.constrained_layout.use": True,
        "legend.frameon": False,
        "svg.hashsalt": "ebpm",
        "svg.fonttype": "path",
    }


def dress(ax: Axes) -> None:
    """Give the titles and labels of axes that were made outside of `style` a font with Japanese glyphs."""
    from matplotlib.text import Text

    titles = [one for one in ax.get_children() if isinstance(one, Text) and one not in ax.texts]  # left, middle, right
    for text in (*titles, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()):
        text.set_fontfamily([japanese_font(), "DejaVu Sans"])


@contextmanager
def style() -> Iterator[None]:
    """Draw inside this block in the style of ebpm; outside it nothing has changed."""
    import matplotlib as mpl

    with mpl.rc_context(settings()):
        yield
        interactive = mpl.is_interactive()  # a notebook's backend, first loaded in the block, turns this on for good
    mpl.interactive(interactive)
