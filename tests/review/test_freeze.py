"""A plan is frozen before its outcomes are read; what departs from it is found, with its reason or with none."""

from __future__ import annotations

import json

import pytest

import ebpm
from ebpm.cli import main
from ebpm.errors import DataError, DesignError, SpecError
from ebpm.pilot.planning.lock import freeze, parts, read_lock
from ebpm.pilot.planning.outcomes import outcome_columns
from ebpm.pilot.results import record, results_json
from ebpm.spec import Text
from tests.pilot.conftest import freeze_again
from tests.review.conftest import contents, write_small

MARGIN = ("value: 0.5", "value: 0.6")
LABEL = ("label: {ja: 得点, en: score}", "label: {ja: 点数, en: mark}")
COVARIATE = ("covariates: [before]", "covariates: [before], strata: arm")


def changed(folder, *changes):
    text = (folder / "pilot.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "pilot.yaml").write_text(text, encoding="utf-8")
    return ebpm.read_pilot(folder)


def reasoned(folder, *paths):
    lines = [f"  - {{path: {path}, reason: {{ja: 委員会の求め, en: asked for by the committee}}}}" for path in paths]
    (folder / "deviations.yaml").write_text("\n".join(["schema: 1", "reasons:", *lines]) + "\n", encoding="utf-8")


def unfrozen(folder):
    (folder / "plan.lock").unlink()
    return ebpm.read_pilot(folder)


def test_outcomes_are_not_read_before_the_plan_is_frozen(folder):
    pilot = unfrozen(folder())
    for reading in (pilot.read_data, pilot.evaluate):
        with pytest.raises(DesignError, match="ebpm plan freeze small") as caught:
            reading()
        assert "score" in caught.value.given("ja")
    assert not (pilot.folder / "outcome_reads.yaml").exists()


def test_a_reading_that_is_forced_goes_on_record_once_and_into_the_lock_and_the_notices(folder):
    pilot = unfrozen(folder())
    for _ in range(2):
        evaluation = pilot.evaluate(pilot.read_data(unfrozen="a minister asked"))
    assert "P509" in evaluation.notices
    assert record(evaluation)["plan"] == {"frozen": None, "unfrozen": "a minister asked", "deviations": []}
    with pytest.raises(DesignError):
        pilot.read_data(unfrozen="  ")
    lock = freeze(pilot.spec, pilot.folder, on="2026-11-24")
    (read,) = lock.reads
    assert (read.reason, lock.outcomes_seen) == ("a minister asked", True)
    assert read.data == {"people": evaluation.data.readings["people"].digest}
    assert "a minister asked" in ebpm.read_pilot(pilot.folder).evaluate().notices.to_text("en")


def test_blind_data_hold_no_outcome_and_nothing_made_from_one(folder):
    derived = ("plan:", "derive:\n  - {data: people, column: gain, difference: [score, before]}\nplan:")
    data = unfrozen(folder(derived)).read_blind()
    assert list(data["people"].columns) == ["id", "arm", "before"]


def test_outcomes_are_what_the_contract_or_the_plan_says():
    pilot = ebpm.read_pilot("pilots/student_energy_saving")
    found = outcome_columns(pilot.spec)
    assert found["household_months"] == ("kwh",)
    assert {"score_post", "item_01_post", "item_16_post"} <= set(found["pupils"])
    assert "kwh_before" not in found["pupils"]


def test_a_plan_as_frozen_does_not_depart(folder):
    pilot = ebpm.read_pilot(folder())
    assert len(pilot.deviations) == 0
    assert not {"P508", "P509", "P510", "P511", "P512", "P513"} & set(pilot.evaluate().notices.codes)


def test_every_change_is_found_with_its_path_and_both_values(folder):
    pilot = changed(folder(), MARGIN, COVARIATE, LABEL)
    found = {one.path: (one.kind, one.before, one.after, one.primary) for one in pilot.deviations}
    assert found == {
        "margins.primary.value": ("changed", 0.5, 0.6, True),
        "analyses.adjusted.arguments.strata": ("added", None, "arm", False),
        "contract.people.columns.score.label": (
            "reworded", {"ja": "得点", "en": "score"}, {"ja": "点数", "en": "mark"}, True,
        ),
    }  # fmt: skip


def test_another_table_bears_on_no_primary_result(folder):
    place = folder()
    text = (place / "pilot.yaml").read_text(encoding="utf-8")
    table = text[text.index("  - id: people") : text.index("plan:")].replace("id: people", "id: others", 1)
    (place / "pilot.yaml").write_text(text.replace("plan:", f"{table}plan:", 1), encoding="utf-8")
    (one,) = ebpm.read_pilot(place).deviations
    assert (one.path, one.kind, one.primary) == ("contract.others", "added", False)
    assert "people" in ebpm.read_pilot(place).deviations.table("en").to_text("en")


def test_added_and_removed_analyses_are_found_whole(folder):
    place = folder()
    text = (place / "pilot.yaml").read_text(encoding="utf-8")
    (place / "pilot.yaml").write_text(text.replace("id: adjusted", "id: other"), encoding="utf-8")
    found = {one.path: one.kind for one in ebpm.read_pilot(place).deviations}
    assert found == {"analyses.adjusted": "removed", "analyses.other": "added"}


def test_the_order_of_declarations_and_defaults_that_are_written_out_are_no_deviation(folder):
    place = folder()
    text = (place / "pilot.yaml").read_text(encoding="utf-8")
    head, first, second = text.partition("  - id: primary")[0], text.index("  - id: primary"), text.index("  - id: adj")
    end = text.index("disclosure:")
    swapped = head + text[second:end] + text[first:second] + text[end:]
    (place / "pilot.yaml").write_text(
        swapped.replace("expected: up\n", "expected: up\n    term: ''\n"), encoding="utf-8"
    )
    assert len(ebpm.read_pilot(place).deviations) == 0


def test_deviations_stand_with_their_reason_or_with_none_everywhere(folder):
    place = folder()
    reasoned(place, "margins.primary")
    evaluation = changed(place, MARGIN, COVARIATE).evaluate()
    assert {"P511", "P512"} <= set(evaluation.notices.codes)
    assert "P510" not in evaluation.notices
    told = {one["path"]: one["reason"] for one in json.loads(results_json(evaluation))["plan"]["deviations"]}
    assert told["margins.primary.value"]["ja"] == "委員会の求め"
    assert told["analyses.adjusted.arguments.strata"] is None
    for lang, none, given in (
        ("en", "no reason given", "asked for by the committee"),
        ("ja", "理由の記載なし", "委員会の求め"),
    ):
        for text in (evaluation.summary(lang), ebpm.report(evaluation, lang=lang).text()):
            assert none in text
            assert given in text
    assert "no reason given" in evaluation._repr_html_()


def test_a_change_to_the_primary_analysis_without_a_reason_lowers_the_grade(folder):
    place = folder()
    before = ebpm.read_pilot(place).evaluate().grade.level
    evaluation = changed(place, MARGIN).evaluate()
    assert "P510" in evaluation.notices
    assert evaluation.grade.level == before - 1
    reasoned(place, "margins")
    assert ebpm.read_pilot(place).evaluate().grade.level == before


def test_another_wording_is_in_the_table_and_raises_nothing(folder):
    pilot = changed(folder(), LABEL)
    assert not {"P510", "P511"} & set(pilot.evaluate().notices.codes)
    assert "reworded" in pilot.deviations.table("en").to_text("en")


def test_a_reason_for_what_does_not_depart_is_noticed(folder):
    place = folder()
    reasoned(place, "margins.primry")
    assert "P513" in ebpm.read_pilot(place).evaluate().notices


def test_a_lock_that_was_changed_is_refused_and_names_the_part(folder):
    place = folder()
    text = (place / "plan.lock").read_text(encoding="utf-8")
    for old, new, part in (
        ("0.5", "0.4", "margins"),
        ('"outcomes_seen": false', '"outcomes_seen": true', "plan.lock"),
        ('"frozen": "2026-11-23"', '"frozen": "2025-11-23"', "plan.lock"),
    ):
        (place / "plan.lock").write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(SpecError, match=part) as caught:
            ebpm.read_pilot(place).evaluate()
        assert caught.value.code == "lock_changed"
    (place / "plan.lock").write_text("[]", encoding="utf-8")
    with pytest.raises(SpecError, match=r"plan\.lock"):
        read_lock(place / "plan.lock")


def test_a_plan_is_frozen_once_and_says_where_results_are_there_already(folder):
    place = folder()
    spec = ebpm.read_pilot(place).spec
    with pytest.raises(SpecError) as caught:
        freeze(spec, place)
    assert caught.value.code == "plan_frozen_already"
    (place / "plan.lock").unlink()
    (place / "results").mkdir()
    (place / "results" / "results.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        freeze(spec, place)
    assert caught.value.code == "plan_seen_before"
    assert freeze(spec, place, seen=Text(ja="既知", en="known")).outcomes_seen
    assert "P508" in ebpm.read_pilot(place).evaluate().notices


def test_a_date_of_freezing_is_checked(folder):
    place = folder()
    (place / "plan.lock").unlink()
    with pytest.raises(SpecError) as caught:
        freeze(ebpm.spec.read(place / "pilot.yaml", type(ebpm.read_pilot(place).spec)), place, on="tomorrow")
    assert caught.value.code == "spec_bad_date"
    assert not (place / "plan.lock").exists()


@pytest.mark.parametrize("outcomes", ["simulated", "shuffled"])
def test_a_rehearsal_needs_no_lock_says_what_it_is_and_is_no_result(folder, outcomes):
    pilot = unfrozen(folder())
    before = contents(pilot.folder)
    evaluation = pilot.rehearse(outcomes=outcomes, seed=3)
    again = pilot.rehearse(outcomes=outcomes, seed=3)
    assert evaluation.headline == again.headline
    for lang, said in (("en", "REHEARSAL"), ("ja", "予行")):
        texts = (evaluation.summary(lang), evaluation.conclusion(lang), ebpm.report(evaluation, lang=lang).text())
        assert all(said in text for text in texts)
    assert "REHEARSAL" in evaluation._repr_html_()
    with pytest.raises(DesignError, match="rehearsal"):
        results_json(evaluation)
    assert contents(pilot.folder) == before


def test_a_shuffle_keeps_the_outcomes_and_breaks_their_tie_to_the_arms(folder):
    pilot = ebpm.read_pilot(folder())
    true, shuffled = pilot.evaluate(), pilot.rehearse(outcomes="shuffled")
    scores = [one.data["people"]["score"] for one in (true, shuffled)]
    assert sorted(scores[0]) == sorted(scores[1])
    assert list(scores[0]) != list(scores[1])
    assert abs(shuffled.headline.estimate) < abs(true.headline.estimate) / 3


def test_a_simulation_looks_at_no_outcome(folder):
    place = folder()
    first = ebpm.read_pilot(place).rehearse(seed=5).headline
    text = (place / "people.csv").read_text(encoding="utf-8").splitlines()
    other = [text[0], *(",".join((*row.split(",")[:2], "99.0", row.split(",")[3])) for row in text[1:])]
    (place / "people.csv").write_text("\n".join(other) + "\n", encoding="utf-8")
    assert ebpm.read_pilot(place).rehearse(seed=5).headline == first


def test_a_rehearsal_of_another_kind_is_refused(folder):
    with pytest.raises(SpecError, match="shuffled"):
        ebpm.read_pilot(folder()).rehearse(outcomes="real")


def test_a_folder_that_cannot_be_written_keeps_no_secret_reading(folder, monkeypatch):
    pilot = unfrozen(folder())

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ebpm.records.writing._flushed", refused)
    with pytest.raises(DataError, match="permission denied"):
        pilot.read_data(unfrozen="in a hurry")


def test_the_commands_freeze_compare_and_rehearse(tmp_path, monkeypatch, capsys):
    folder = write_small(tmp_path / "pilots" / "small")
    monkeypatch.chdir(tmp_path)
    (folder / "plan.lock").unlink()
    assert main(["plan", "diff", "small"]) == 1
    assert "ebpm plan freeze" in capsys.readouterr().err
    assert main(["plan", "rehearse", "small", "--outcomes", "shuffled"]) == 0
    assert "REHEARSAL" in capsys.readouterr().out
    assert main(["plan", "freeze", "small", "--on", "2026-11-23"]) == 0
    assert read_lock(folder / "plan.lock").digest in capsys.readouterr().out
    assert main(["plan", "diff", "small"]) == 0
    changed(folder, MARGIN)
    assert main(["plan", "diff", "small", "--lang", "ja"]) == 1
    assert "理由の記載なし" in capsys.readouterr().out


def test_parts_of_every_pilot_are_those_of_its_lock():
    for folder in ("student_energy_saving", "cardiac_rehab/twin"):
        pilot = ebpm.read_pilot(f"pilots/{folder}")
        assert pilot.lock is not None
        assert pilot.lock.outcomes_seen
        assert pilot.lock.plan.keys() == parts(pilot.spec).keys()


def test_freezing_again_by_hand_gives_the_same_bytes(folder):
    place = folder()
    first = (place / "plan.lock").read_bytes()
    freeze_again(place)
    assert (place / "plan.lock").read_bytes() == first
