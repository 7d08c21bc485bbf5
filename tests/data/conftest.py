"""Contracts in a few lines, and files made of bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebpm import data, spec

HEAD = """
id: t
title: {ja: 試験, en: test}
path: t.csv
synthetic: true
licence: CC0-1.0
source: {ja: 模擬, en: simulated}
row_is: {ja: 行, en: row}
"""


def contract(*columns: str, **more: object) -> data.DataSet:
    """Return a contract of columns written as "name: x, type: number"."""
    lines = "".join(f"  - {{{column}, label: {{ja: 列, en: column}}}}\n" for column in columns)
    rest = "".join(f"{key}: {value}\n" for key, value in more.items() if key != "path")
    head = HEAD.replace("path: t.csv", f"path: {more.get('path', 't.csv')}")
    return spec.loads(f"{head}{rest}columns:\n{lines}", data.DataSet)


@pytest.fixture
def reading(tmp_path: Path):
    """Return a function from the bytes or text of t.csv and a contract to its reading."""

    def of(content: bytes | str, *columns: str, **more: object) -> data.Reading:
        file = tmp_path / str(more.get("path", "t.csv"))
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return data.read(contract(*columns, **more), tmp_path)

    return of
