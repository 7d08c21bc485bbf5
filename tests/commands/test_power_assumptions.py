"""`ebpm power` says what its answer assumes, and refuses numbers that are none, in both languages."""

import pytest

from ebpm.cli import main

SCHOOLS = ("--effect", "0.2", "--size", "30", "--icc", "0.1")


def run(capsys, *options):
    status = main(["power", *options])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize(
    ("lang", "needed", "assumed"),
    [
        (
            "ja",
            "クラスターが全部で 104(群ごとに 52 + 52)必要です",
            "両側 5 % の検定、結果の標準偏差 1、1 クラスター 30 人、級内相関 0.1",
        ),
        (
            "en",
            "104 clusters are needed in all (52 + 52 by arm)",
            "30 people a cluster and an intra-cluster correlation of 0.1",
        ),
    ],
)
def test_how_many_schools(capsys, lang, needed, assumed):
    status, out, _ = run(capsys, *SCHOOLS, "--lang", lang)
    assert status == 0
    assert needed in out
    assert assumed in out


def test_what_else_is_assumed(capsys):
    _, out, _ = run(
        capsys,
        "--effect",
        "0.05",
        "--base",
        "0.3",
        "--shares",
        "1",
        "1",
        "1",
        "--r2",
        "0.2",
        "--attrition",
        "0.1",
        "--level",
        "0.9",
    )
    for part in ("at 10 %", "share of 0.3 under control", "each of 2 arms compared", "explain 0.2", "0.1 lost"):
        assert part in out
    assert "standard deviation" not in out


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--effect", "nan"), "effect is nan"), (("--effect", "inf"), "effect is inf"),
        (("--effect", "0.2", "--sd", "nan"), "nan"), (("--units", "nan"), "units is nan"),
        (("--units", "40", "--size", "inf"), "size is inf"), (("--effect", "0.2", "--size", "30", "--icc", "nan"), "icc is nan"),
        (("--effect", "0.2", "--size", "30", "--size-cv", "inf"), "size_cv is inf"), (("--effect", "0.2", "--level", "nan"), "nan"),
        (("--effect", "0.2", "--power", "nan"), "chance is nan"),
    ],
)  # fmt: skip
def test_numbers_that_are_none_are_refused(capsys, options, named):
    status, out, err = run(capsys, *options)
    assert status != 0
    assert named in out + err


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--effect", "0.1", "--base", "0.3", "--rule", "boschloo"], ["Boschloo's exact test"]),
        (["--effect", "0.1", "--base", "0.3"], ["with the variance of each arm"]),
        (["--effect", "0.3", "--size", "20", "--icc", "0.1", "--size-cv", "0.5"], ["coefficient of variation of 0.5"]),
        (["--effect", "0.3", "--strata", "4", "--block-r2", "0.3"], ["within 4 strata", "explain 0.3"]),
        (["--effect", "0.3", "--paired"], ["assigned in pairs"]),
        (["--effect", "0.3", "--factors", "2"], ["one of 2 crossed factors"]),
        (["--effect", "0.3", "--factors", "2", "--interaction"], ["interaction of two of 2 crossed factors"]),
    ],
)
def test_every_choice_that_moves_the_answer_is_said(capsys, options, parts):
    for lang in ("ja", "en"):
        status, out, _ = run(capsys, *options, "--lang", lang)
        assert status == 0
        assert "{" not in out
    assert all(part in out for part in parts)
    assert "test of shares" not in out or "--base" in options
