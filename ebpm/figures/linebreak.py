"""Line breaking for Japanese and English: between phrases where possible, never before a closing mark or after an opening one.

A Japanese phrase is taken to end with a run of hiragana or a mark: a cheap approximation of bunsetsu.
Kinsoku: JIS X 4051, line-start and line-end prohibition.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

OPENING = "「『（【〈《〔(["
CLOSING = "、。，．・」』）】〉》〕)]!?！？ー～…％%々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_MARKS = re.escape("、。，．・」』）】〉》〕)]!?！？～…")
_OPEN = re.escape(OPENING)
_PHRASE = re.compile(rf"[{_OPEN}]*[^\sぁ-ん{_MARKS}{_OPEN}]*[ぁ-ん]*[{_MARKS}]*\s*")
_RUN = re.compile(rf"[{_OPEN}]*(?:[ァ-ヶー]+|[a-zA-Z0-9.,'%-]+|[一-鿿々]+|.)[ぁ-ん]*[{_MARKS}]*\s*", re.DOTALL)

Measure = Callable[[str], float]


def wrap(text: str, width: float, measure: Measure) -> tuple[str, ...]:
    """Return the fewest lines that fit, about equally long.

    Parameters
    ----------
    text : words in any language.
    width : of a line, in the unit of `measure`.
    measure : width of a text.

    Examples
    --------
    >>> from ebpm.figures.linebreak import wrap
    >>> wrap("家庭の電気・ガスの使用量が減る", 8, len)
    ('家庭の電気・', 'ガスの', '使用量が減る')
    """
    pieces = tuple(_pieces(text, width, measure))
    lines = tuple(_filled(pieces, width, measure))
    low, high = max((measure(piece.rstrip()) for piece in pieces), default=0.0), width
    for _ in range(7):
        middle = (low + high) / 2
        narrower = tuple(_filled(pieces, middle, measure))
        low, high, lines = (low, middle, narrower) if len(narrower) == len(lines) else (middle, high, lines)
    return lines


def folded(text: str, characters: int = 20) -> str:
    """Return a label in lines of at most so many full-width characters; a line break that is there stays.

    Examples
    --------
    >>> from ebpm.figures.linebreak import folded
    >>> folded("Pupils of the schools that took part", 10).splitlines()
    ['Pupils of the', 'schools that', 'took part']
    """
    return "\n".join(line for part in text.split("\n") for line in wrap(part, 2 * characters, columns))


def columns(text: str) -> float:
    """Return the width of a text in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def _filled(pieces: Sequence[str], width: float, measure: Measure) -> Iterator[str]:
    line = ""
    for piece in pieces:
        if line and measure((line + piece).rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def _pieces(text: str, width: float, measure: Measure) -> Iterator[str]:
    """Yield phrases; the runs of one script of a phrase that is too long for a line; the smallest pieces of such a run."""
    for phrase in filter(None, _PHRASE.findall(text)):
        if measure(phrase.rstrip()) <= width:
            yield phrase
        else:
            for run in _RUN.findall(phrase):
                yield from (run,) if measure(run.rstrip()) <= width else _broken(run)


def broken(text: str, width: float, measure: Measure) -> bool:
    """Return whether a phrase of the text is too long for a line."""
    return any(measure(phrase.rstrip()) > width for phrase in _PHRASE.findall(text))


def _broken(run: str) -> Iterator[str]:
    """Yield the smallest pieces that kinsoku allows; a word in Latin letters stays whole."""
    piece = ""
    for char in run:
        glued = piece and (char in CLOSING or piece[-1] in OPENING or (piece[-1].isascii() and char.isascii()))
        if piece and not glued:
            yield piece
            piece = ""
        piece += char
    yield piece
