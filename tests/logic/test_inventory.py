"""The data inventory: what is missing is said, and catalogues get DCAT and CSVW that hold together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ebpm import spec
from ebpm.cli import main
from ebpm.errors import SpecError
from ebpm.logic import Inventory, models_of, read_inventory, read_logic_model
from ebpm.pilot.holdings import with_contracts
from ebpm.spec.problems import problems_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "inventory"
XSD = {"xsd:gYear": 4, "xsd:gYearMonth": 7, "xsd:date": 10}

SMALL = """\
schema: 1
id: inv
title: {ja: 台帳, en: Inventory}
description: {ja: 説明, en: Description}
publisher: {ja: 市, en: City}
licence: CC-BY-4.0
data:
  - id: whole
    title: {ja: 完全, en: Complete}
    owner: {ja: 局, en: Bureau}
    period: {start: 2018-04, end: 2019-03-31}
    granularity: {ja: 世帯, en: household}
    keys: [id]
    access: semi_closed
    personal: true
    columns:
      - {name: id, label: {ja: 番号, en: number}, type: text, header: 整理番号}
      - {name: kwh, label: {ja: 使用量, en: use}, type: number, unit: kWh}
      - {name: fy, label: {ja: 年度, en: fiscal year}, type: fiscal_year}
  - {id: bare, title: {ja: 素, en: Bare}}
"""
MODEL = """\
schema: 1
model: {id: m, title: 題, owner: {bureau: 局}, level: project, fiscal_year: 2019, problem: 課, goal: 目, target_population: 民}
nodes: [{id: o, stage: output, text: 箱}]
edges: []
indicators:
  - {id: a, node: o, name: 甲, kind: output, data: [whole]}
  - {id: b, node: o, name: 乙, kind: output, same_as: a}
"""


def small(old: str = "", new: str = "") -> Inventory:
    assert old in SMALL
    return spec.loads(SMALL.replace(old, new, 1), Inventory)


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return with_contracts(read_inventory(FOLDER / "inventory.yaml"), FOLDER)


def model(tmp_path: Path, old: str = "", new: str = ""):
    file = tmp_path / "m.yaml"
    file.write_text(MODEL.replace(old, new, 1), encoding="utf-8")
    return read_logic_model(file)


def codes(inventory: Inventory, *models) -> list[tuple[str, str]]:
    return [(notice.code, notice.about) for notice in inventory.check(*models)]


FIRES = {
    "LM111": ("", "", ", data: [whole]", "", {"m.a", "m.b"}),
    "LM112": ("", "", "[whole]", "[hole]", {"m.a", "m.b"}),
    "LM113": ("    owner: {ja: 局, en: Bureau}\n", "", "", "", {"whole", "bare"}),
    "LM114": ("access: semi_closed", "access: open", "", "", {"whole"}),
    "LM115": ("", "", "", "", {"bare"}),
}


@pytest.mark.parametrize("code", FIRES)
def test_what_is_missing_is_a_notice(tmp_path, code):
    old, new, was, now, about = FIRES[code]
    found = small(old, new).check(model(tmp_path, was, now))
    assert {notice.about for notice in found if notice.code == code} == about
    for notice in found:
        for lang in ("ja", "en"):
            assert "{" not in notice.to_text(lang)
            assert "Phrase" not in notice.to_text(lang)


def test_what_is_complete_and_used_has_no_notice(tmp_path):
    found = codes(small("  - {id: bare, title: {ja: 素, en: Bare}}\n"), model(tmp_path))
    assert found == []


def test_synthetic_data_about_persons_may_be_open(tmp_path):
    found = codes(small("access: semi_closed", "access: open\n    synthetic: true"), model(tmp_path))
    assert "LM114" not in [code for code, _ in found]


def test_the_words_name_what_is_not_known():
    (notice,) = (one for one in small().check() if one.code == "LM113")
    assert "所管、期間、1 行の単位、キー、公開の範囲、個人情報の有無" in notice.message("ja")
    assert "access tier" in notice.message("en")


@pytest.mark.parametrize(
    ("old", "new", "code", "word"),
    [
        ("keys: [id]", "keys: [idd]", "inventory_key", "id, kwh"),
        ("start: 2018-04", "start: 2020", "inventory_period", "2020"),
        ("{id: bare", "{id: whole", "inventory_twice", "whole"),
        ("access: semi_closed", "access: closed", "spec_bad_choice", "semi_closed"),
        ("personal: true", "person: true", "spec_unknown_key", "personal"),
    ],
)
def test_a_wrong_inventory_is_refused_with_its_line(old, new, code, word):
    with pytest.raises(SpecError) as caught:
        small(old, new)
    assert code in [problem.code for problem in problems_of(caught.value)] or code.startswith("spec_")
    for lang in ("ja", "en"):
        assert word in caught.value.given(lang) + caught.value.remedy(lang) or code == "inventory_key"


def test_an_unknown_data_set_is_refused():
    with pytest.raises(SpecError) as caught:
        small().asset("hole")
    assert "whole" in caught.value.remedy("ja")
    with pytest.raises(SpecError, match="columns"):
        small().to_csvw("bare")


def test_contracts_of_pilots_give_columns_keys_and_grain(inventory):
    months = inventory.asset("hospital_months")
    assert months.keys == ("hospital_id", "month")
    assert months.granularity.en == "hospital-month"
    assert {column.name for column in months.columns} >= {"discharges", "readmissions_180d"}


@pytest.mark.parametrize(
    ("contract", "word"),
    [("../pilots/cardiac_rehab#hospital", "hospital_months"), ("../pilots/cardiac_rehab", "hospital_months")],
)
def test_a_contract_that_is_not_there_is_refused(contract, word):
    wrong = small("    keys: [id]\n", f"    keys: [id]\n    contract: {contract}\n".replace("#", "#"))
    with pytest.raises(SpecError) as caught:
        with_contracts(wrong, FOLDER)
    assert word in caught.value.remedy("en")


def test_the_city_s_inventory_has_no_error_and_says_what_is_open(inventory):
    notices = inventory.check(*models_of(inventory, FOLDER))
    assert notices.of("error").to_text() == ""
    found = {code: {notice.about for notice in notices if notice.code == code} for code in notices.codes}
    assert {"staff_survey", "co_creation_front", "innovation_platforms"} <= found["LM113"]
    assert found["LM115"] == {"urban_planning_survey", "public_schools", "rpa_trial"}
    assert len([name for name in found["LM111"] if name.startswith("data_utilisation_plan.")]) == 20


def said_in_both(value) -> bool:
    return [one["@language"] for one in value] == ["ja", "en"] and all(one["@value"].strip() for one in value)


def test_dcat_holds_together(inventory):
    found = json.loads(json.dumps(inventory.to_dcat()))
    prefixes = set(found["@context"])
    assert found["@type"] == "dcat:Catalog"
    assert said_in_both(found["dct:title"])
    assert said_in_both(found["dct:description"])
    assert len({one["@id"] for one in found["dcat:dataset"]}) == len(inventory.data)
    for one, asset in zip(found["dcat:dataset"], inventory.data, strict=True):
        assert one["@type"] == "dcat:Dataset"
        assert said_in_both(one["dct:title"])
        assert {key.partition(":")[0] for key in one if key[0] != "@"} <= prefixes
        assert ("dct:accessRights" in one) == (asset.access is not None)
        for date in (one.get("dct:temporal", {}).get(end) for end in ("dcat:startDate", "dcat:endDate")):
            assert date is None or len(date["@value"]) == XSD[date["@type"]]
        assert ("dcat:distribution" in one) == bool(asset.columns)
        if asset.synthetic:
            assert "合成データ" in one["dct:description"][0]["@value"]


def test_access_tiers_map_to_access_rights(inventory):
    found = {one["@id"]: one.get("dct:accessRights", {}).get("@id", "") for one in inventory.to_dcat()["dcat:dataset"]}
    assert found["#rpa_trial"].endswith("/PUBLIC")
    assert found["#pupils"].endswith("/RESTRICTED")
    assert found["#firm_years"].endswith("/NON_PUBLIC")
    assert found["#staff_survey"] == ""


def test_csvw_holds_together(inventory):
    for asset in (one for one in inventory.data if one.columns):
        found = json.loads(json.dumps(inventory.to_csvw(asset.id)))
        assert found["@context"] == "http://www.w3.org/ns/csvw"
        columns = found["tableSchema"]["columns"]
        names = [column["name"] for column in columns]
        assert len(set(names)) == len(names)
        assert set(found["tableSchema"]["primaryKey"]) <= set(names)
        assert all(column["required"] for column in columns if column["name"] in asset.keys)
        assert all(set(column["titles"]) == {"und", "ja", "en"} for column in columns)
        assert "/" not in found["url"]


def test_csvw_of_a_pilot_describes_the_file_that_is_there(inventory):
    import csv

    for asset in (one for one in inventory.data if one.contract):
        file = FOLDER / asset.path
        encoding = "cp932" if _is_cp932(file) else "utf-8-sig"
        with file.open(encoding=encoding, newline="") as lines:
            header = [cell.strip() for cell in next(csv.reader(lines))]
        titles = {column["titles"]["und"] for column in inventory.to_csvw(asset.id)["tableSchema"]["columns"]}
        assert titles <= set(header), asset.id


def _is_cp932(file: Path) -> bool:
    try:
        file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return True
    return False


@pytest.mark.parametrize(("lang", "word"), [("ja", "記載なし"), ("en", "not stated")])
def test_the_table_says_what_is_not_known(inventory, lang, word):
    cells = inventory.table(lang).cells(lang)
    assert cells[0][3:] == (word,) * 4
    assert len(cells) == len(inventory.data)
    assert all("合成" in row[0] or "synthetic" in row[0] for row in cells[-5:])


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_command_writes_catalogue_and_schemas(tmp_path, monkeypatch, capsys, lang):
    monkeypatch.chdir(ROOT)
    assert main(["--lang", lang, "inventory", "--out", str(tmp_path)]) == 0
    assert "LM111" in capsys.readouterr().out
    assert {file.name for file in tmp_path.iterdir()} >= {"catalogue.jsonld", "rpa_trial.csv-metadata.json"}
    assert json.loads((tmp_path / "catalogue.jsonld").read_text(encoding="utf-8"))["@type"] == "dcat:Catalog"


def test_the_command_fails_on_an_error(tmp_path, capsys):
    (tmp_path / "inventory.yaml").write_text(SMALL.replace("access: semi_closed", "access: open"), encoding="utf-8")
    assert main(["inventory", str(tmp_path)]) == 1
    assert "LM114" in capsys.readouterr().out
    assert main(["inventory", str(tmp_path / "nowhere")]) == 1


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(("form", "sign"), [("text", "■"), ("markdown", "| --"), ("html", "<th")])
def test_the_progress_command(monkeypatch, capsys, lang, form, sign):
    monkeypatch.chdir(ROOT)
    assert main(["--lang", lang, "progress", "--format", form]) == 0
    out = capsys.readouterr().out
    assert sign in out
    assert "59.9%" in out
    assert "15.8" in out


def test_the_progress_command_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["progress", "--figures", str(tmp_path)]) == 0
    assert len(list(tmp_path.glob("*.en.svg"))) == len(
        [line for line in capsys.readouterr().out.splitlines() if ".svg" in line]
    )
    assert (tmp_path / "in_1_1.en.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_the_page_lists_every_code_of_the_inventory():
    from ebpm.logic.inventories.rules import RULES
    from ebpm.texts import entry

    page = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    for rule in RULES:
        text = entry("notice", rule.code)
        assert f"| {rule.code} | {text['title']['ja']} | {text['title']['en']} | {text['severity']} |" in page
