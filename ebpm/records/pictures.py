"""Pictures that carry the numbers they show: they can be looked through, and are told from pictures made by hand."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from os import PathLike, fspath
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ebpm.records.digests import digest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NUMBERS, MARK = "Description", "Identifier"
"""Keywords of PNG; terms of Dublin Core in SVG."""
SCHEME = "ebpm-numbers-sha256:"
KINDS = frozenset({"png", "svg"})
OPAQUE = 255
DRAWN = ("lines", "collections", "patches", "images", "texts", "tables", "artists", "child_axes")


@dataclass
class _Carrying:
    """The `print_figure` of a canvas, which puts the numbers of the figure into the picture that it prints.

    Parameters
    ----------
    figure : with a canvas.
    printing : what the canvas does by itself.
    numbers : one text a drawing.
    drawn : how many artists these drawings left; where there are others, the picture shows more than its numbers.
    """

    figure: Figure
    printing: Callable[..., Any]
    numbers: list[Callable[[], str]] = field(default_factory=list)
    drawn: int = 0

    def __call__(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        if self.kind(target, kwargs.get("format")) in KINDS and self.drawn == _artists(self.figure):
            text = "\n\n".join(dict.fromkeys(one() for one in self.numbers))
            told = {NUMBERS: text, MARK: SCHEME + digest(text.encode())}
            kwargs["metadata"] = told | dict(kwargs.get("metadata") or {})
            if hasattr(target, "write") and self.kind(target, kwargs.get("format")) == "png":
                return self._small(target, *args, **kwargs)
        return self.printing(target, *args, **kwargs)

    def _small(self, target: Any, *args: Any, **kwargs: Any) -> None:
        whole = io.BytesIO()
        self.printing(whole, *args, **kwargs)
        target.write(few_colours(whole.getvalue()))

    def kind(self, target: Any, declared: str | None) -> str:
        """Return the format of the picture."""
        named = isinstance(target, str | PathLike) and PurePath(fspath(target)).suffix[1:]
        return str(declared or named or self.figure.canvas.get_default_filetype())


def carrying(ax: Axes | None, draw: Callable[[], Axes], numbers: Callable[[], str]) -> Axes:
    """Draw, and let the figure carry the numbers of the drawing into its pictures.

    Parameters
    ----------
    ax : where it draws; None for a new figure.
    draw : the drawing.
    numbers : the numbers as text, asked for when the picture is made.

    Notes
    -----
    A figure in which something else was drawn, before or afterwards, carries nothing.
    """
    before = _artists(_figure(ax)) if ax is not None else 0
    axes = draw()
    figure = _figure(axes)
    known: Any = figure.canvas.print_figure
    if not isinstance(known, _Carrying):
        known = _Carrying(figure, known)
        if before:
            return axes
        figure.canvas.print_figure = known  # type: ignore[method-assign]
    if before == known.drawn:
        known.numbers.append(numbers)
        known.drawn = _artists(figure)
    return axes


def _figure(axes: Axes) -> Figure:
    figure: Any = axes.get_figure(root=True)
    return figure  # type: ignore[no-any-return]


def _artists(figure: Figure) -> int:
    return sum(len(getattr(ax, kind)) for ax in figure.axes for kind in DRAWN)


def few_colours(picture: bytes) -> bytes:
    """Return a PNG with a palette of the 256 colours that serve it best: a third of the bytes, the same to the eye.

    Parameters
    ----------
    picture : the bytes of the file. One that can be seen through stays as it is.

    Notes
    -----
    What is drawn in few colours has no more than some thousand of them, all but a few from smoothed edges. The texts that it carries are kept.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    image: Any = Image.open(io.BytesIO(picture))
    image.load()
    if image.mode == "RGBA" and image.getextrema()[3][0] < OPAQUE:
        return picture
    told = PngInfo()
    for name, text in image.text.items():
        told.add_text(name, text)
    small, buffer = (
        image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE),
        io.BytesIO(),
    )
    small.save(buffer, "PNG", optimize=True, pnginfo=told, dpi=image.info.get("dpi", (72, 72)))
    return min(buffer.getvalue(), picture, key=len)


def numbers_in(picture: bytes) -> str | None:
    """Return the numbers that a PNG or SVG carries; None where it carries none, or not those of its mark.

    Parameters
    ----------
    picture : the bytes of the file.
    """
    told = dict(_said(picture))
    numbers = told.get(NUMBERS, "")
    return numbers if told.get(MARK) == SCHEME + digest(numbers.encode()) else None


def _said(picture: bytes) -> Iterator[tuple[str, str]]:
    if picture.startswith(b"\x89PNG"):
        yield from ((name, text) for _, name, text in chunks(picture))
        return
    text = picture.decode("utf-8", errors="replace")
    for name in (NUMBERS, MARK):
        found = re.search(rf"<dc:{name.lower()}>(.*?)</dc:{name.lower()}>", text, re.DOTALL)
        if found:
            yield name, unescape(found[1])


def chunks(picture: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield kind, keyword and text of what a PNG holds besides its pixels; what stands after its end has no keyword."""
    at = 8
    while at + 8 <= len(picture):
        length, kind = int.from_bytes(picture[at : at + 4], "big"), picture[at + 4 : at + 8]
        if kind in {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}:
            name, text = _unpacked(kind, picture[at + 8 : at + 8 + length])
            yield kind.decode(), name.decode("utf-8", errors="replace"), text
        at += 12 + length
    rest = picture.partition(b"IEND")[2][4:]
    if rest:
        yield "", "", rest.decode("utf-8", errors="replace")


def _unpacked(kind: bytes, content: bytes) -> tuple[bytes, str]:
    name, _, rest = content.partition(b"\0")
    if kind == b"zTXt":
        return name, inflated(rest[1:]).decode("latin-1")
    if kind != b"iTXt":
        return name, rest.decode("latin-1" if kind == b"tEXt" else "utf-8", errors="replace")
    packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    return name, (inflated(text) if packed else text).decode("utf-8", errors="replace")


def inflated(data: bytes) -> bytes:
    """Return what was compressed; nothing where it was not."""
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return b""
