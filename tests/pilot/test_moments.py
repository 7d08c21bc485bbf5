"""Moment files: they say the same as the records, add up, come back from both forms, and are refused when changed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import ebpm
from ebpm import moments
from ebpm.cli import main
from ebpm.disclosure.differencing import FILE, Register, Statement, codes
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.files.leaving import Withheld
from ebpm.pilot.pilot_data import PilotData
from ebpm.records import digest_of

ROOT = Path(__file__).parents[2]
TWIN = ROOT / "pilots" / "venture_support" / "twin"


@pytest.fixture(scope="module")
def pilot():
    return ebpm.read_pilot(TWIN)


@pytest.fixture(scope="module")
def file(pilot):
    return pilot.moments()


@pytest.fixture(scope="module")
def bare(pilot):
    """The same pilot without covariates, so that sums answer all of it."""
    plan = tuple(
        one.model_copy(
            update={
                "arguments": {key: value for key, value in one.arguments.items() if key not in {"covariates", "method"}}
            }
        )
        for one in pilot.spec.plan
    )
    return changed(pilot, plan=plan)


@pytest.fixture(scope="module")
def whole(bare):
    """The same pilot from a file of all its records."""
    return bare.moments(data_of(bare))


def changed(pilot, **parts):
    return replace(pilot, spec=pilot.spec.model_copy(update=parts))


def data_of(pilot, keep=lambda frame: frame["lemp"].notna()):
    """Return its tables, some rows of them."""
    found = {
        name: replace(one, frame=one.frame[keep(one.frame)].reset_index(drop=True)) for name, one in readings().items()
    }
    return PilotData(found, pilot.spec)


@cache
def readings():
    return ebpm.read_pilot(TWIN).read_data().readings


def office(number):
    """Return which rows belong to the counties of one of two offices."""

    def own(frame):
        places = {county: place for place, county in enumerate(sorted(frame["county"].unique()))}
        return frame["county"].map(places) % 2 == number

    return own


def few_of_2004(frame):
    places = {county: place for place, county in enumerate(sorted(frame["county"].unique()))}
    return ~((frame["first_treated"] == 2004) & (frame["county"].map(places) % 4 != 0))


def test_answers_are_those_of_the_records(pilot, file):
    evaluation, told = pilot.evaluate(), pilot.answers(file)
    assert [one.analysis.id for one in told.results] == ["never_treated"]
    head, held = told["never_treated"].estimates.headline, evaluation["never_treated"].estimates.headline
    assert head.estimate == pytest.approx(held.estimate, rel=1e-9)
    assert head.std_error == pytest.approx(held.std_error, rel=1e-9)
    assert (head.n, head.unit, head.df) == (held.n, held.unit, held.df)
    assert [one.id for one in told.records] == ["primary", "event"] == list(file.records)


def test_an_evaluation_needs_a_primary_analysis_that_sums_answer(pilot, file):
    with pytest.raises(
        DesignError, match="primary cannot be computed from the sums that may leave, which answer: never_treated"
    ):
        pilot.evaluate(file)


def test_an_evaluation_from_a_file_is_that_of_the_records(bare, whole):
    ours, theirs = bare.evaluate(whole), bare.evaluate(data_of(bare))
    assert [one.analysis.id for one in ours.results] == [one.analysis.id for one in theirs.results]
    for one, other in zip(ours.results, theirs.results, strict=True):
        for left, right in zip(one.estimates, other.estimates, strict=True):
            assert left.term == right.term
            assert left.estimate == pytest.approx(right.estimate, rel=1e-8)
            assert left.std_error == pytest.approx(right.std_error, rel=1e-8)
    assert (ours.verdict, ours.grade) == (theirs.verdict, theirs.grade)
    codes = {one for one in theirs.notices.codes if not one.startswith("X")}
    assert codes <= set(ours.notices.codes)
    assert set(ours.notices.codes) - codes <= {"T060"}


@pytest.mark.parametrize(("ending", "lang"), [(".html", "ja"), (".md", "en"), (".docx", "ja"), (".xlsx", "en")])
def test_reports_are_made_from_a_file(bare, whole, tmp_path, ending, lang):
    evaluation = bare.evaluate(whole)
    written = ebpm.report(evaluation, lang=lang).save(tmp_path / f"report{ending}")
    assert written.stat().st_size > 1000
    if ending == ".md":
        assert f"{evaluation.headline.estimate:.4g}" in written.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["moments.json", "moments.parquet"])
def test_a_file_comes_back_as_it_was_written(file, tmp_path, name):
    again = moments.read_moments(file.save(tmp_path / name))
    assert again.text() == file.text()
    assert again.digest == file.digest == json.loads(file.text())["digest"]


@pytest.mark.parametrize("change", [("count", "309", "310"), ("plan", '"plan":"', '"plan":"0')], ids=lambda one: one[0])
def test_a_changed_file_is_refused(file, tmp_path, change):
    path, text = tmp_path / "moments.json", file.text()
    assert change[1] in text
    path.write_text(text.replace(change[1], change[2], 1), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        moments.read_moments(path)
    assert refused.value.code == "moments_changed"


def test_a_changed_parquet_file_is_refused(file, tmp_path):
    from pyarrow import parquet

    table = parquet.read_table(file.save(tmp_path / "moments.parquet"))
    counts = table["count"].to_pylist()
    counts[0] += 1
    parquet.write_table(table.set_column(2, table.schema.field("count"), [counts]), tmp_path / "other.parquet")
    with pytest.raises(DataError) as refused:
        moments.read_moments(tmp_path / "other.parquet")
    assert refused.value.code == "moments_changed"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "moments_no_file"), ("[]", "moments_no_file"), ("3", "moments_no_file"), ("{}", "moments_no_file"),
        ('{"digest":"","schema":9,"kind":"moments"}', "moments_schema"),
        ('{"digest":"","schema":2,"kind":"other"}', "moments_no_file"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["file.json", "file.parquet"])
def test_what_is_no_moment_file_is_refused(tmp_path, content, code, name):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as refused:
        moments.read_moments(path)
    assert refused.value.code == code


def test_files_of_the_first_schema_are_read(file, pilot):
    first = moments.read_moments(Path(__file__).parent / "moments_schema_1.json")
    sums, now = first.items["never_treated"], file.items["never_treated"]
    assert sums.counts == now.counts
    assert sums.in_steps(now.fixed).products.tolist() == now.products.tolist()
    assert first.withheld["other"][0].words("en") == "2004: few"
    assert pilot.answers(replace(first, plan=pilot.plan_digest)).results


def test_two_offices_add_up_to_the_records_of_both(bare, whole):
    north = bare.moments(data_of(bare, office(0)))
    south = bare.moments(data_of(bare, office(1)))
    both, held = bare.answers(north + south), bare.answers(whole)
    assert len(both.results) == len(held.results) == 3
    for one, other in zip(both.results, held.results, strict=True):
        assert one.estimates.headline.estimate == pytest.approx(other.estimates.headline.estimate, rel=1e-9)
        assert one.estimates.headline.std_error == pytest.approx(other.estimates.headline.std_error, rel=1e-9)
        assert one.estimates.headline.n == other.estimates.headline.n


def test_what_does_not_add_is_refused(file):
    with pytest.raises(DataError, match="different plans"):
        file + replace(file, plan="another")
    with pytest.raises(DataError, match="of different"):
        file + replace(file, pilot="another")
    sums = file.items["never_treated"]
    shifted = replace(sums, periods=tuple(one + 1 for one in sums.periods))
    with pytest.raises(DataError) as refused:
        file + replace(file, items={"never_treated": shifted})
    assert refused.value.code == "moments_periods_differ"


def test_only_what_both_can_answer_remains(file):
    other = replace(file, items={}, withheld={"never_treated": (Withheld("2004", "disclosure_few_persons"),)})
    both = file + other
    assert not both.items
    assert both.withheld["never_treated"][0].group == "2004"
    assert "never_treated" in (file + replace(file, items={})).records


def test_small_cohorts_keep_the_whole_analysis_in(pilot):
    data = data_of(pilot, few_of_2004)
    file = pilot.moments(data)
    assert "never_treated" not in file.items
    assert {one.reason for one in file.withheld["never_treated"]} == {"disclosure_few_persons", "moments_not_merged"}
    told = pilot.answers(file)
    assert [one.id for one in told.withheld] == ["never_treated"]
    assert "2004: withheld: too few persons" in told.summary("en")
    assert "2004: 秘匿" in told.summary("ja")


def test_cohorts_that_start_after_the_last_period_are_merged_with_those_never_treated(pilot):
    """They are the same to the estimator: the answer does not change."""

    def later(frame):
        late = (frame["first_treated"] == 2004) & (frame["county"] % 8 == 1)
        return frame.assign(first_treated=frame["first_treated"].mask(late, 2009))

    data = PilotData({name: replace(one, frame=later(one.frame)) for name, one in readings().items()}, pilot.spec)
    file = pilot.moments(data)
    assert {group.cohort for group in file.items["never_treated"].groups} == {0, 2004, 2006, 2007}
    ours, theirs = pilot.answers(file)["never_treated"], pilot.evaluate(data)["never_treated"]
    assert ours.estimates.headline.estimate == pytest.approx(theirs.estimates.headline.estimate, rel=1e-9)
    assert ours.estimates.headline.std_error == pytest.approx(theirs.estimates.headline.std_error, rel=1e-9)


def test_sums_that_differ_from_a_former_release_by_a_few_stay(pilot, tmp_path, file):
    (counties,) = (one.frame for one in readings().values())
    never = counties[counties["first_treated"] == 0]["county"].unique().tolist()
    former = Statement("moments.never_treated.0", ("lemp",), level=True, members=codes(never[3:]))
    folder = tmp_path / "twin"
    folder.mkdir()
    for name in TWIN.iterdir():
        if name.is_file():
            (folder / name.name).write_bytes(name.read_bytes())
    Register(pilot=pilot.spec.id).with_release([former]).write(folder / FILE)
    again = replace(pilot, folder=folder).moments(data_of(pilot))
    assert [one.reason for one in again.withheld["never_treated"]] == ["disclosure_differencing"]
    assert "never_treated" in file.items


def test_a_file_of_another_pilot_or_plan_is_refused(file, pilot):
    other = ebpm.read_pilot(ROOT / "pilots" / "student_energy_saving")
    with pytest.raises(DataError) as refused:
        other.answers(file)
    assert refused.value.code == "moments_other_pilot"
    with pytest.raises(DataError) as refused:
        pilot.answers(replace(file, plan="0" * 64))
    assert refused.value.code == "moments_plan_changed"


def test_no_smallest_value_stands_in_a_file(file, pilot):
    """The steps of a scan start at the smallest value of the table; those of a file at zero."""
    assert all(sums.fixed.shift == 0 for sums in file.items.values())


def test_rounded_sums_say_how_far_each_answer_moves(pilot, file):
    rules = pilot.spec.disclosure.model_copy(update={"round_sums": {"lemp": 0.5}})
    rounding = changed(pilot, disclosure=rules)
    rounded = rounding.moments(data_of(pilot))
    assert rounded.rounded["never_treated"].sums == 0.25
    told, exact = rounding.answers(rounded), pilot.answers(file)
    ours, theirs = told["never_treated"].estimates.headline, exact["never_treated"].estimates.headline
    effect = told.effect(told["never_treated"])
    assert 0 < abs(ours.estimate - theirs.estimate) <= effect.estimate
    assert 0 < abs(ours.std_error - theirs.std_error) <= effect.std_error
    assert exact.effect(exact["never_treated"]).estimate == 0.0
    assert "off by rounding at most" in told.summary("en")
    assert "丸めによる" in told.summary("ja")
    again = rounded + replace(rounded, items={name: one + one for name, one in rounded.items.items()})
    assert again.rounded["never_treated"].sums == 0.5


def test_a_base_below_the_steps_is_refused(pilot):
    rules = pilot.spec.disclosure.model_copy(update={"round_sums": {"lemp": 1e-30}})
    with pytest.raises(DataError) as refused:
        changed(pilot, disclosure=rules).moments(data_of(pilot))
    assert refused.value.code == "disclosure_small_step"


def test_the_command_writes_adds_and_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    path = str(tmp_path / "m.parquet")
    assert main(["--lang", "en", "moments", "venture_support/twin", "--out", path]) == 0
    first = capsys.readouterr().out
    assert main(["--lang", "en", "moments", "venture_support/twin", path]) == 0
    assert capsys.readouterr().out == first.removesuffix(path + "\n")
    assert "-0.03995" in first
    assert "Needing the records (2)" in first


def test_a_release_goes_on_record_and_another_that_differs_by_a_few_stays(tmp_path, capsys, pilot):
    folder = Path(shutil.copytree(TWIN, tmp_path / "twin"))
    out = str(tmp_path / "m.json")
    for number in (1, 2):
        assert main(["--lang", "en", "moments", str(folder), "--release", "--out", out]) == 0
        assert f"release {number} entered" in capsys.readouterr().out
    again = replace(pilot, folder=folder)
    assert "never_treated" in again.moments(data_of(pilot)).items

    def without_three(frame):
        return ~frame["county"].isin(sorted(frame["county"].unique())[:3])

    file = again.moments(data_of(pilot, without_three))
    assert [one.reason for one in file.withheld["never_treated"]] == ["disclosure_differencing"]


def test_what_has_the_right_digest_and_no_sums_is_no_moment_file(tmp_path):
    content = {
        "schema": 2,
        "kind": "moments",
        "pilot": "x",
        "plan": "y",
        "items": {"a": {}},
        "withheld": {},
        "records": [],
    }
    path = tmp_path / "m.json"
    path.write_text(json.dumps({**content, "digest": digest_of(content)}), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        moments.read_moments(path)
    assert refused.value.code == "moments_no_file"
