"""A synthetic model of a hundred nodes and about two hundred links."""

from __future__ import annotations

import random
from itertools import pairwise

WORDS = {
    "input": ("予算と職員", "budget and staff"), "activity": ("講座と相談を開く", "courses and advice"),
    "output": ("受講し相談した市民", "citizens who attended"), "outcome": ("健康な生活習慣が広がる", "healthy habits spread"),
    "impact": ("健やかに暮らせるまち", "a healthy city"),
}  # fmt: skip
COLUMNS = (("input", "", 12), ("activity", "", 18), ("output", "", 20), ("outcome", "short", 20), ("outcome", "mid", 15), ("outcome", "long", 10), ("impact", "", 5))  # fmt: skip
HEAD = """\
schema: 1
model:
  id: hundred
  title: {ja: 百の箱の合成モデル, en: A synthetic model of a hundred boxes}
  owner: {bureau: {ja: 局, en: Bureau}}
  level: plan
  fiscal_year: 2019
  problem: {ja: 例, en: example}
  goal: {ja: 例, en: example}
  target_population: {ja: 市民, en: citizens}
"""


def _columns() -> list[list[int]]:
    ends = [sum(count for *_, count in COLUMNS[: at + 1]) for at in range(len(COLUMNS))]
    return [list(range(end - count + 1, end + 1)) for end, (*_, count) in zip(ends, COLUMNS, strict=True)]


def _links() -> list[tuple[int, int]]:
    draw, columns = random.Random(5), _columns()
    links = {(draw.choice(columns[1]), draw.choice(columns[3])) for _ in range(6)}
    for left, right in pairwise(columns):
        for at, one in enumerate(left):
            near = int(at / len(left) * len(right))
            links.add((one, right[near]))
            if draw.random() < 0.5:
                links.add((one, right[min(len(right) - 1, max(0, near + draw.choice([-1, 1, 2])))]))
        links |= {(left[int(at / len(right) * len(left))], one) for at, one in enumerate(right)}
    return sorted(links)


def _nodes() -> list[str]:
    found = []
    for (stage, horizon, _), column in zip(COLUMNS, _columns(), strict=True):
        ja, en = WORDS[stage]
        when = f", horizon: {horizon}" if horizon else ""
        found += [
            f"  - {{id: n{at}, stage: {stage}{when}, text: {{ja: 第{at}号の{ja}, en: {en} number {at}}}}}"
            for at in column
        ]
    return found


HUNDRED = "\n".join(
    [f"{HEAD}nodes:", *_nodes(), "edges:", *(f"  - {{from: n{left}, to: n{right}}}" for left, right in _links()), ""]
)
