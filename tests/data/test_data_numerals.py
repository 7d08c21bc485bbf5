"""Numbers as offices write them."""

from __future__ import annotations

import pytest

from ebpm.data.numerals import Refused, integer, number


@pytest.mark.parametrize(
    ("text", "value", "repairs"),
    [
        ("12", 12.0, ()),
        ("+3.50", 3.5, ()),
        (".5", 0.5, ()),
        ("1e-05", 1e-05, ()),
        ("0.1", 0.1, ()),
        ("1,234,567.8", 1234567.8, ("T004",)),
        ("１２，３４５", 12345.0, ("T003", "T004")),
        ("３．５", 3.5, ("T003",)),
        ("▲12", -12.0, ("T005",)),
        ("△ 1,000", -1000.0, ("T005", "T004")),
        ("－７", -7.0, ("T005", "T003")),
        ("−7", -7.0, ("T005",)),
        ("-7", -7.0, ()),
    ],
)
def test_a_number_is_read_and_its_repairs_are_told(text, value, repairs):
    parsed = number(text)
    assert (parsed.value, parsed.repairs) == (value, repairs)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("約100", "T021"),
        ("10以上", "T021"),
        ("5人程度", "T021"),
        ("1,00", "T023"),
        ("1.234.5", "T023"),
        ("12.3%", "T024"),
        ("３人", "T024"),
        ("－", "T020"),
        ("×", "T020"),
        ("***", "T020"),
        ("NaN", "T020"),
        ("inf", "T020"),
        ("①", "T020"),
        ("10～20", "T020"),
        ("(123)", "T020"),
        ("٣", "T020"),
        ("1e999", "T036"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(text, code):
    with pytest.raises(Refused) as refused:
        number(text)
    assert refused.value.code == code


def test_a_superscript_is_not_taken_for_a_digit():
    with pytest.raises(Refused):
        number("10²")


def test_only_the_declared_unit_is_taken_off():
    assert number("１２．３％", unit="%").value == 12.3
    assert number("1,200円", unit="円").repairs == ("T009", "T004")
    with pytest.raises(Refused):
        number("1,200円", unit="千円")
    with pytest.raises(Refused):
        number("円", unit="円")


@pytest.mark.parametrize(("text", "value"), [("12", 12), ("▲１，２００", -1200), ("9223372036854775807", 2**63 - 1)])
def test_a_whole_number_keeps_all_its_digits(text, value):
    assert integer(text).value == value


def test_decimal_zeros_of_a_whole_number_are_told():
    assert integer("12.00").repairs == ("T012",)


@pytest.mark.parametrize(
    ("text", "code"), [("12.5", "T022"), ("1.2E+11", "T036"), ("9223372036854775808", "T036"), (".5", "T022")]
)
def test_a_fraction_or_rounded_digits_are_no_whole_number(text, code):
    with pytest.raises(Refused) as refused:
        integer(text)
    assert refused.value.code == code
