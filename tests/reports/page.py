"""What the tests need to know of a page, read by the standard library's parser."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Elements in order, with attributes and the text inside them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[int, str] = {}
        self.open: list[int] = []
        self.unbalanced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, tag):
        if not self.open or self.elements[self.open[-1]][0] != tag:
            self.unbalanced.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data):
        for place in self.open:
            self.words[place] = self.words.get(place, "") + data

    def all(self, *tags: str) -> list[tuple[int, str, dict[str, str | None]]]:
        return [(place, tag, attrs) for place, (tag, attrs) in enumerate(self.elements) if tag in tags]

    def text(self, place: int) -> str:
        return " ".join(self.words.get(place, "").split())
