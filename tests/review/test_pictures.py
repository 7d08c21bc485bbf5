"""Pictures come through the door: those of the library carry their numbers, all others are found in a notebook."""

from __future__ import annotations

import base64
import io
import json

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import ebpm
from ebpm.disclosure import scan
from ebpm.figures.style import style
from ebpm.records.pictures import NUMBERS, numbers_in
from ebpm.review import cells
from ebpm.review.doors import in_source
from tests.disclosure.people import frame, reading

mpl.use("Agg")
import matplotlib.pyplot as plt

PEOPLE = pd.DataFrame({"y": np.random.default_rng(3).normal(size=90), "arm": np.arange(90) % 3})


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def estimates():
    return ebpm.rct.difference_in_means(PEOPLE, "y", treatment="arm", control=0)


def printed(figure, kind="png", **metadata):
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=metadata or None)
    return buffer.getvalue()


def notebook(*outputs, words=""):
    code = {
        "cell_type": "code",
        "source": "evaluation.plot();",
        "outputs": [{"output_type": "display_data", "data": one} for one in outputs],
    }
    return json.dumps({"cells": [code, {"cell_type": "markdown", "source": words}]})  # fmt: skip


def shown(picture, kind="image/png"):
    return notebook({kind: picture.decode() if "svg" in kind else base64.b64encode(picture).decode()})


def around(text):
    (cell,) = cells.cells(text)
    return [one.note["en"] for one in cells.around("pilot", "place", cell)]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_figure_carries_its_numbers_and_nothing_else_of_the_caller(kind):
    found = estimates()
    told = numbers_in(printed(found.plot(lang="ja").figure, kind))
    assert told == found.table().to_lines()
    assert f"{found.headline.estimate:.6g}" in told
    assert numbers_in(printed(found.plot(lang="en").figure, kind)) == told


def test_the_callers_metadata_and_formats_without_metadata_are_left_alone():
    figure = estimates().plot().figure
    assert b"Title\0mine" in printed(figure, Title="mine")
    assert b"Software" not in printed(figure, Software=None)
    assert printed(figure, "pdf").startswith(b"%PDF")


def test_pictures_are_the_same_bytes_each_time():
    def once():
        with style():
            return printed(estimates().plot(lang="ja").figure)

    assert once() == once()


def test_figures_side_by_side_carry_the_numbers_of_all():
    figure, (left, right) = plt.subplots(1, 2)
    estimates().plot(left)
    assert numbers_in(printed(figure)) == estimates().table().to_lines()
    curve = ebpm.rct.worst_case(PEOPLE.assign(y=PEOPLE["y"] > 0), "y", treatment="arm", control=0, low=0, high=1)
    curve.plot(right)
    assert numbers_in(printed(figure)) == f"{estimates().table().to_lines()}\n\n{curve.numbers_drawn()}"


def test_a_figure_with_something_else_in_it_carries_nothing():
    later = estimates().plot()
    later.scatter(PEOPLE["y"], PEOPLE["arm"])
    before = plt.subplots()[1]
    before.plot(PEOPLE["y"], "o")
    estimates().plot(before)
    beside, (left, right) = plt.subplots(1, 2)
    estimates().plot(left)
    right.hist(PEOPLE["y"])
    for figure in (later.figure, before.figure, beside):
        assert numbers_in(printed(figure)) is None


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_of_the_library_passes(kind):
    picture = printed(estimates().plot().figure, kind)
    assert around(shown(picture, "image/svg+xml" if kind == "svg" else "image/png")) == []


def by_hand(kind="png", **metadata):
    axes = plt.subplots()[1]
    axes.scatter(PEOPLE["y"], PEOPLE["arm"])
    return printed(axes.figure, kind, **metadata)


FOREIGN = {
    "drawn by hand": lambda: shown(by_hand()),
    "with words of its own": lambda: shown(by_hand(**{NUMBERS: "term estimate"})),
    "svg": lambda: shown(by_hand("svg"), "image/svg+xml"),
    "jpeg": lambda: shown(b"\xff\xd8\xff\xe0", "image/jpeg"),
    "no picture at all": lambda: notebook({"image/png": "not base 64"}),
    "within html": lambda: notebook({"text/html": f'<img src="data:image/png;base64,{base64.b64encode(by_hand()).decode()}">'}),
    "numbers changed": lambda: shown(printed(estimates().plot().figure).replace(b"Estimate", b"estimate")),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_picture_that_did_not_come_through_the_door_is_found(name):
    assert ["door" in one for one in around(FOREIGN[name]())] == [True]


def test_a_picture_is_looked_through_by_its_numbers(tmp_path):
    table = frame()
    few = table[table["ward"] == "isle"].assign(half=[0, 1, 0, 1])
    (tmp_path / "few.png").write_bytes(
        printed(ebpm.rct.difference_in_means(few, "kwh", treatment="half").plot().figure)
    )
    many = ebpm.rct.difference_in_means(table, "kwh", treatment="arm").plot()
    (tmp_path / "many.png").write_bytes(printed(many.figure))
    found = scan([tmp_path], [reading()])
    assert {(one.code, one.where.split()[0].rpartition("/")[2]) for one in found.finds} == {
        ("X630", "few.png"),
        ("X636", "few.png"),
    }


def test_numbers_in_words_that_a_cell_computes_are_typed():
    text = notebook({"text/html": "<td>0.3317</td><td>12.5</td>"}, words="効果は 0.3317、区間は 12.5 から 2019.10。")
    assert [(one.place, one.claimed) for one in cells.typed("pilot", "a.ipynb", text)] == [("a.ipynb [1]", "0.3317")]


def test_words_that_were_changed_by_hand_are_found():
    before = notebook(words="the effect is not known")
    after = notebook(words="the effect is large")
    found = list(cells.findings("pilot", "a.ipynb", after, before, same=True))
    assert [(one.kind, one.place, one.status) for one in found if one.bad] == [("text", "a.ipynb [1]", "differs")]


def test_what_is_withheld_from_nobody_is_found_in_a_notebook():
    assert [code for code, _ in in_source("pilot.evaluate_unreleased().headline")] == ["unreleased"]
