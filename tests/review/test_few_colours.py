"""Pictures in few colours: smaller, the same to the eye, and still carrying their numbers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from ebpm.estimate import Estimates
from ebpm.records.pictures import few_colours, numbers_in
from ebpm.stats.inference import t_estimate


def _png(*, more: bool = False, **settings: Any) -> bytes:
    import matplotlib.pyplot as plt

    one = t_estimate(-0.4, 0.3, term="arm", n=40, estimand="itt", method="rct.lin")
    ax = Estimates(items=(one,), headline_term="arm").plot()
    if more:
        ax.plot([0, 1], [0, 1])
    buffer = io.BytesIO()
    ax.get_figure(root=True).savefig(buffer, format="png", **settings)  # type: ignore[union-attr]
    plt.close("all")
    return buffer.getvalue()


def _mode(picture: bytes) -> str:
    return Image.open(io.BytesIO(picture)).mode


def _pixels(picture: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def test_a_figure_has_a_palette_and_its_numbers() -> None:
    picture = _png()
    assert _mode(picture) == "P"
    assert "-0.4" in (numbers_in(picture) or "")
    assert picture == _png()


def test_it_is_the_same_to_the_eye_and_smaller() -> None:
    whole = np.full((300, 400, 3), 255, dtype=np.uint8)
    whole[50:250, 100:300] = np.random.default_rng(1).integers(80, 100, (200, 200, 1))
    whole[10:20, :, 0] = 30
    buffer = io.BytesIO()
    Image.fromarray(whole).convert("RGBA").save(buffer, "PNG")
    small = few_colours(buffer.getvalue())
    assert len(small) < len(buffer.getvalue())
    assert np.abs(_pixels(small) - whole).max() <= 12
    assert (_pixels(small)[:5] == 255).all()


def test_a_picture_that_can_be_seen_through_stays() -> None:
    assert _mode(_png(transparent=True)) == "RGBA"


def test_a_figure_with_more_in_it_than_its_numbers_stays() -> None:
    picture = _png(more=True)
    assert numbers_in(picture) is None
    assert _mode(picture) == "RGBA"
