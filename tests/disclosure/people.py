"""A small made-up table of people under its contract, and files of many kinds that hold some text."""

from __future__ import annotations

import base64
import bz2
import codecs
import gzip
import io
import json
import lzma
import struct
import textwrap
import zipfile
import zlib
from functools import cache
from urllib.parse import quote

import numpy as np
import pandas as pd

from ebpm import spec
from ebpm.data import DataSet, Reading, Refusal
from ebpm.notices import Notices

CONTRACT = """
id: people
title: {ja: 人, en: people}
path: people.csv
synthetic: true
licence: CC0-1.0
source: {ja: 試験用の作り物, en: made up for tests}
row_is: {ja: 人, en: person}
keys: [person]
columns:
  - {name: person, label: {ja: 番号, en: person}, type: text, role: id}
  - {name: called, label: {ja: 氏名, en: name}, type: text, role: sensitive}
  - {name: ward, label: {ja: 区, en: ward}, type: code, role: quasi_identifier, codes: {north: {ja: 北区, en: north}, south: {ja: 南区, en: south}, isle: {ja: 島, en: isle}}}
  - {name: sex, label: {ja: 性別, en: sex}, type: code, role: quasi_identifier, codes: {female: {ja: 女性, en: female}, male: {ja: 男性, en: male}}}
  - {name: age, label: {ja: 年齢, en: age}, type: integer, role: quasi_identifier}
  - {name: income, label: {ja: 所得, en: income}, type: number, unit: JPY, role: outcome}
  - {name: kwh, label: {ja: 電気使用量, en: electricity}, type: number, unit: kWh, role: outcome}
  - {name: arm, label: {ja: 群, en: arm}, type: integer, role: treatment}
  - {name: ill, label: {ja: 罹患, en: illness}, type: integer, role: outcome}
"""
N = 300


@cache
def dataset() -> DataSet:
    return spec.loads(CONTRACT, DataSet, name="people")


def frame() -> pd.DataFrame:
    """Return a copy of the people."""
    return _people().copy()


@cache
def _people() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    ward = np.where(np.arange(N) < 4, "isle", rng.choice(["north", "south"], N))
    return pd.DataFrame({
        "person": [f"YK-{number:05d}" for number in rng.choice(90_000, N, replace=False) + 10_000],
        "called": [f"架空{chr(0x4E00 + 17 * place)}{chr(0x5B50 + place)}" for place in range(N)],
        "ward": ward,
        "sex": rng.choice(["female", "male"], N),
        "age": rng.integers(18, 91, N),
        "income": rng.integers(1_000_000, 9_999_999, N).astype(float),
        "kwh": np.round(rng.gamma(4.0, 60.0, N), 3),
        "arm": rng.integers(0, 2, N),
        "ill": (np.arange(N) == 7).astype(int),
    })  # fmt: skip


def reading() -> Reading:
    refusals = (Refusal(row=57, column="kwh", value="91234.5", code="T032"),)
    return Reading(dataset=dataset(), frame=frame(), notices=Notices(), rows_in=N + 1, refusals=refusals, digest="0")


def payload(name: str) -> str:
    """Return a text that must not leave."""
    return payloads()[name]


@cache
def payloads() -> dict[str, str]:
    """Return every such text."""
    table = frame()
    rows = table.iloc[[7, 90, 155]]
    small = table[table["ward"] == "isle"]
    return {
        "id": f"the case of {table['person'][3]} was looked at again",
        "id_full_width": "番号 "
        + "".join(chr(ord(char) + 0xFEE0) if char.isalnum() else char for char in table["person"][3]),
        "id_zero_width": "\u200b".join(table["person"][3]),
        "id_other_punctuation": table["person"][3].replace("-", "_").lower(),
        "id_entity": "".join(f"&#{ord(char)};" for char in table["person"][3]),
        "id_url": "?q=" + "".join(f"%{ord(char):02X}" for char in table["person"][3]),
        "id_base64": base64.b64encode(("person " * 6 + table["person"][3]).encode()).decode(),
        "id_escaped": "".join(f"\\u{ord(char):04x}" for char in table["person"][3]),
        "id_in_tags": f"<b>{table['person'][3][:2]}</b>{table['person'][3][2:5]}<i>{table['person'][3][5:]}</i>",
        "id_hexadecimal": table["person"][3].encode().hex(),
        "id_base32": base64.b32encode(f"person {table['person'][3]}".encode()).decode(),
        "id_base64_short": base64.b64encode(table["person"][3].encode()).decode(),
        "id_base64_unpadded": base64.urlsafe_b64encode(f"the person {table['person'][3]}".encode())
        .decode()
        .rstrip("="),
        "id_quoted": "".join(f"={ord(char):02X}" for char in table["person"][3]),
        "id_reversed": f"see {table['person'][3][::-1]}",
        "id_shifted": codecs.encode(table["person"][3], "rot13"),
        "id_spaced": " ".join(table["person"][3]),
        "id_dotted": ".".join(table["person"][3]),
        "id_a_letter_a_line": "\n".join(table["person"][3]),
        "id_over_lines": f"case {table['person'][3][:5]}\n{table['person'][3][5:]} again",
        "id_hyphenated": f"case {table['person'][3][:5]}-\n{table['person'][3][5:]} again",
        "id_in_cells": f"{table['person'][3][:2]},{table['person'][3][3:]}",
        "id_base64_lines": "\n".join(
            textwrap.wrap(base64.b64encode(f"the person {table['person'][3]}".encode()).decode(), 12)
        ),
        "id_base64_packed": base64.b64encode(gzip.compress(table["person"][3].encode())).decode(),
        "id_hexadecimal_spaced": table["person"][3].encode().hex(" "),
        "id_hexadecimal_escaped": "".join(f"\\x{ord(char):02x}" for char in table["person"][3]),
        "id_codes": ", ".join(str(ord(char)) for char in table["person"][3]),
        "id_binary": " ".join(f"{ord(char):08b}" for char in table["person"][3]),
        "id_alike": table["person"][3].replace("Y", "\u03a5").replace("K", "\u041a"),
        "id_struck": "\u0336".join(table["person"][3]),
        "id_in_tags_unseen": "".join(chr(0xE0000 + ord(char)) for char in table["person"][3]),
        "values_in_thousands": ", ".join(f"{value / 1000:.1f}" for value in table["income"][20:40]),
        "values_per_ten_thousand": "\n".join(f"{value / 10000:.4g} 万円" for value in table["income"][20:40]),
        "values_times_hundred": ", ".join(f"{100 * value:.1f}" for value in table["kwh"][20:34]),
        "largest": f"the highest income was {table['income'].max():,.0f}",
        "oldest": f"年齢の最高は {table['age'].max()} 歳",
        "described": table[["income", "kwh"]].describe().to_string(),
        "name_in_running_text": f"面接では{table['called'][5]}さんから回答を得た。",
        "row": ",".join(map(str, rows.iloc[0, 2:])),
        "row_without_ids": " | ".join(map(str, rows.iloc[1][["ward", "age", "income", "kwh"]])),
        "row_shuffled": " ".join(map(str, rows.iloc[2][["kwh", "sex", "income", "age", "ward"]])),
        "head": table.drop(columns=["person", "called"]).head().to_string(),
        "row_base64": base64.b64encode((", ".join(map(str, rows.iloc[0, 2:])) + " " * 20).encode()).decode(),
        "row_thousands": f"{table['ward'][90]} {table['age'][90]} {table['income'][90]:,.0f} {table['kwh'][90]:,.3f}",
        "row_listed": "\n".join(f"{name}: {value}" for name, value in rows.iloc[0, 2:].items()),
        "row_asked": "?" + "&".join(f"{name}={value}" for name, value in rows.iloc[1, 2:].items()),
        "values_as_bytes": base64.b64encode(table["kwh"].to_numpy()[20:60].tobytes()).decode(),
        "values_in_pairs": json.dumps(table[["kwh", "income"]][20:40].to_numpy().tolist()),
        "values_scientific": ", ".join(f"{value:.5e}" for value in table["kwh"][20:34]),
        "values_falling": ", ".join(map(str, sorted(table["kwh"], reverse=True)[50:64])),
        "values": "\n".join(map(str, table["kwh"][20:34])),
        "values_in_a_line": ", ".join(map(str, table["kwh"][20:34])),
        "values_sorted": ", ".join(map(str, sorted(table["kwh"])[100:114])),
        "values_shuffled": ", ".join(map(str, table["kwh"].sample(14, random_state=3))),
        "incomes": "\n".join(f"{value:.0f}" for value in table["income"][60:75]),
        "flags": ",".join(map(str, table["arm"][:120])),
        "small_count": f"ward,persons\nnorth,{(table['ward'] == 'north').sum()}\nisle,{len(small)}",
        "small_mean": f"島 {small['income'].mean():.0f}",
        "refused": "row 57: kwh = 91234.5 is out of range",
        "few": "mean 4.2 (n = 4)",
        "few_close": "平均 4.2(n=4)",
        "few_capital": "mean 4.2, N: 4",
        "share": "the share is 0.00333, n = 300",
        "share_of_outcome": "illness 0.003",
        "share_percent": "illness,0.33%",
        "share_of_the_others": "0.9967,300",
        "share_in_an_arm": f"0.{_share_in_an_arm(table)} (n = {int((table['arm'] == table['arm'][7]).sum())})",
    }


def _share_in_an_arm(table: pd.DataFrame) -> str:
    return f"{1 / (table['arm'] == table['arm'][7]).sum():.5f}".partition(".")[2]


def file(wrap: str, text: str) -> tuple[str, bytes]:
    """Return name and bytes of a file that holds a text in some place."""
    return {
        "txt": ("note.txt", text.encode()),
        "cp932": ("note.csv", text.encode("cp932", errors="replace")),
        "utf16": ("note.txt", text.encode("utf-16")),
        "name": (f"{text.rsplit(maxsplit=1)[-1] if ' ' in text else text}.md", b"nothing"),
        "md": ("note.md", f"# Results\n\n{text}\n".encode()),
        "json": ("results.json", json.dumps({"analyses": [{"note": text}]}).encode()),
        "json_list": ("results.json", json.dumps({"values": text.replace("\n", ",").split(",")}).encode()),
        "html": ("report.html", f"<html><body><p>{text}</p></body></html>".encode()),
        "html_comment": ("report.html", f"<html><body><!-- {text} --></body></html>".encode()),
        "html_attribute": ("report.html", f'<html><body><p data-x="{text}">ok</p></body></html>'.encode()),
        "html_table": (
            "report.html",
            ("<table>" + "".join(_row(line) for line in text.splitlines()) + "</table>").encode(),
        ),
        "html_script": ("report.html", f"<script>{json.dumps({'rows': text})}</script>".encode()),
        "html_uri": (
            "report.html",
            f'<a href="data:text/plain;base64,{base64.b64encode(text.encode()).decode()}">x</a>'.encode(),
        ),
        "html_uri_quoted": ("report.html", f'<a href="data:text/plain,{quote(text)}">x</a>'.encode()),
        "html_drawn": ("report.html", f"<script>var shown = {text};</script>".encode()),
        "json_key": ("results.json", json.dumps({text: 1}).encode()),
        "json_record": ("results.json", json.dumps({"estimate": 4.2, "n": 4, "unit": text}).encode()),
        "json_source": ("results.json", f'{{"note": "{text}"}}'.encode()),
        "html_class": ("report.html", f'<p class="{text}">ok</p>'.encode()),
        "html_style": (
            "report.html",
            f'<style>:root {{ --name: "{text}"; }}</style><p style="--x: {text}">ok</p>'.encode(),
        ),
        "svg_metadata": ("figure.svg", f"<svg><metadata><rdf>{text}</rdf></metadata></svg>".encode()),
        "svg_characters": ("figure.svg", f"<svg><desc><![CDATA[{text}]]></desc></svg>".encode()),
        "svg_path": ("figure.svg", f'<svg><path id="{text}" d="M 0 0"/></svg>'.encode()),
        "ipynb_cell_metadata": (
            "run.ipynb",
            json.dumps({"cells": [{"cell_type": "code", "source": "", "metadata": {"tags": [text]}}]}).encode(),
        ),
        "ipynb_attachment": (
            "run.ipynb",
            json.dumps(
                {"cells": [{"cell_type": "markdown", "source": "", "attachments": {"a.txt": {"text/plain": text}}}]}
            ).encode(),
        ),
        "ipynb_markdown": ("run.ipynb", json.dumps({"cells": [{"cell_type": "markdown", "source": [text]}]}).encode()),
        "ipynb_stderr": _notebook({"output_type": "stream", "name": "stderr", "text": [text]}),
        "svg_title": ("figure.svg", f"<svg><title>{text}</title></svg>".encode()),
        "ipynb_stream": _notebook({"output_type": "stream", "name": "stdout", "text": [text]}),
        "ipynb_html": _notebook(_bundle("text/html", f"<table><tr><td>{text}</td></tr></table>")),
        "ipynb_error": _notebook({"output_type": "error", "ename": "E", "evalue": text, "traceback": [text]}),
        "ipynb_widget": ("run.ipynb", json.dumps({"cells": [], "metadata": {"widgets": {"state": text}}}).encode()),
        "ipynb_source": ("run.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [text]}]}).encode()),
        "ipynb_id": ("run.ipynb", json.dumps({"cells": [{"cell_type": "code", "id": text, "source": ""}]}).encode()),
        "ipynb_drawing": _notebook(_bundle("application/vnd.vegalite.v4+json", {"values": text.split(", ")})),
        "ipynb_png": _notebook(_bundle("image/png", base64.b64encode(_png(text)).decode())),
        "png": ("figure.png", _png(text)),
        "png_packed": ("figure.png", _png(text, kind=b"zTXt")),
        "png_behind": ("figure.png", _png("fine") + text.encode()),
        "zip": ("bundle.zip", _zip({"inner/note.txt": text.encode()})),
        "zip_in_zip": ("bundle.zip", _zip({"inner.zip": _zip({"note.txt": text.encode()})})),
        "gz": ("note.csv.gz", gzip.compress(text.encode())),
        "bz2": ("note.csv.bz2", bz2.compress(text.encode())),
        "xz": ("note.csv.xz", lzma.compress(text.encode())),
        "gz_named": ("note.gz", b"\x1f\x8b\x08\x08" + bytes(6) + text.encode() + b"\0" + gzip.compress(b"fine")[10:]),
        "zip_comment": ("bundle.zip", _zip({"note.txt": b"fine"}, comment=text)),
        "wrong_ending": ("picture.png", _zip({"note.txt": text.encode()})),
        "xlsx": ("table.xlsx", _zip(_sheet(text))),
        "xlsx_property": (
            "table.xlsx",
            _zip(_sheet("fine") | {"docProps/custom.xml": f"<p><v>{text}</v></p>".encode()}),
        ),
        "docx": (
            "report.docx",
            _zip(
                {
                    "word/document.xml": f"<w:document><w:body><w:p><w:t>{text}</w:t></w:p></w:body></w:document>".encode()
                }
            ),
        ),
        "docx_runs": (
            "report.docx",
            _zip(
                {
                    "word/document.xml": f"<w:p><w:r><w:t>{text[:4]}</w:t></w:r><w:r><w:t>{text[4:]}</w:t></w:r></w:p>".encode()
                }
            ),
        ),
        "docx_comment": (
            "report.docx",
            _zip({"word/comments.xml": f"<w:comments><w:t>{text}</w:t></w:comments>".encode()}),
        ),
        "pdf": ("report.pdf", b"%PDF-1.4\nstream\n" + zlib.compress(f"BT ({text}) Tj ET".encode()) + b"\nendstream"),
    }[wrap]


def _row(line: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in line.split(",")) + "</tr>"


def _bundle(kind: str, value: object) -> dict[str, object]:
    return {"output_type": "display_data", "data": {kind: value}, "metadata": {}}


def _notebook(output: dict[str, object]) -> tuple[str, bytes]:
    return "run.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": "", "outputs": [output]}]}).encode()


def _png(text: str, *, kind: bytes = b"tEXt") -> bytes:
    said = b"Comment\0" + (b"\0" + zlib.compress(text.encode()) if kind == b"zTXt" else text.encode())
    return b"\x89PNG\r\n\x1a\n" + _chunk(kind, said) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zip(files: dict[str, bytes], comment: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.comment = comment.encode()
    return stream.getvalue()


def _sheet(text: str) -> dict[str, bytes]:
    cells = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in text.replace("\n", ",").split(","))
    return {"xl/worksheets/sheet1.xml": f"<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>".encode()}
