"""What a user of `ebpm power` is told: chances at numbers that are given, shares in any unit, and errors of one thing at a time."""

import pytest

from ebpm import rct
from ebpm.cli import main
from ebpm.errors import DesignError


def said(capsys, *words):
    code = main(["power", "--lang", "en", *words])
    out = capsys.readouterr()
    return code, out.out + out.err


def test_effect_and_units_together_give_the_chance_of_finding_it(capsys):
    code, text = said(capsys, "--effect", "0.3", "--units", "40", "--size", "25", "--icc", "0.1")
    expected = rct.power(rct.TrialDesign(units=40, size=25, icc=0.1), 0.3)
    assert (code, f"{expected:.3f}" in text) == (0, True)


@pytest.mark.parametrize("shares", [("1", "1", "1"), ("40", "40", "40")])
def test_shares_need_not_sum_to_one(capsys, shares):
    _, text = said(capsys, "--effect", "0.5", "--shares", *shares)
    alone = rct.sample_size(rct.TrialDesign(shares=(1 / 3, 1 / 3, 1 / 3)), 0.5)
    assert " + ".join(map(str, alone.per_arm)) in text


def test_a_correlation_without_clusters_is_refused(capsys):
    code, text = said(capsys, "--effect", "0.2", "--icc", "0.05")
    assert code != 0
    assert "--size 30" in text


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--effect", "0.3", "--size", "30", "--icc", "2"), "in 0 to 1"),
        (("--effect", "0"), "other than 0"),
        (("--effect", "0.6", "--base", "0.5"), "strictly between 0 and 1"),
        (("--units", "2", "--size", "3"), "two in every arm"),
        (("--effect", "0.3", "--power", "1"), "0.8 is usual"),
        (("--effect", "0.3", "--attrition", "20"), "0.2 for two in ten"),
    ],
)
def test_an_error_says_what_the_one_number_needs(capsys, words, remedy):
    code, text = said(capsys, *words)
    assert code != 0
    assert remedy in text
    assert "Traceback" not in text


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_error_is_in_both_languages(lang):
    with pytest.raises(DesignError) as caught:
        rct.TrialDesign(r2=1.2)
    assert len(caught.value.explain(lang).splitlines()) == 3
