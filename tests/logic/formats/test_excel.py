"""Workbooks: the same bytes, edited and read back; every damage with sheet, cell and remedy."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date

import pytest

from ebpm.errors import SpecError
from ebpm.logic import LogicModel
from ebpm.logic.formats import changes, compare
from ebpm.logic.formats.columns import REFERENCES, SHEETS
from ebpm.logic.formats.excel import README, to_excel
from ebpm.logic.formats.excel_reading import exported_from, from_excel
from ebpm.logic.formats.workbook import LONGEST, decoded, encoded
from ebpm.spec import Text
from tests.logic.formats.models import NAMES, cell_of, damages, model, saved, sheet_of, workbook


def edited(edit, before: LogicModel | None = None, lang: str = "en") -> LogicModel:
    before = before or model()
    book = workbook(to_excel(before, lang))
    edit(book)
    return from_excel(saved(book), before)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_is_read_back_as_the_model(name, lang):
    before = model(name)
    data = to_excel(before, lang)
    assert data == to_excel(before, lang)
    assert from_excel(data, before) == before
    assert len(compare(before, from_excel(data, before))) == 0


def test_every_part_has_a_sheet_and_its_ids_are_locked():
    book = workbook(to_excel(model(), "en"))
    assert [sheet.title.split(" ")[0] for sheet in book.worksheets] == [README, *(sheet.name for sheet in SHEETS)]
    for sheet in book.worksheets:
        assert sheet.protection.sheet
    nodes = sheet_of(book, "nodes")
    assert nodes["A3"].protection.locked
    assert not nodes["D3"].protection.locked
    assert "do not edit" in nodes["A1"].value
    assert not nodes.cell(nodes.max_row, 1).protection.locked


def test_both_languages_stand_in_columns_and_headings_speak_the_language_asked_for():
    for lang, word in (("ja", "内容 / 日本語"), ("en", "Text / Japanese")):
        nodes = sheet_of(workbook(to_excel(model(), lang)), "nodes")
        codes = [cell.value for cell in nodes[2]]
        assert {"text.ja", "text.en"} <= set(codes)
        assert nodes.cell(1, codes.index("text.ja") + 1).value == word


def test_choices_and_ids_are_offered():
    book = workbook(to_excel(model(), "en"))
    rules = {rule.formula1 for sheet in book.worksheets for rule in sheet.data_validations.dataValidation}
    assert '"input,activity,output,outcome,impact"' in rules
    assert '"yes,no"' in rules
    assert any("nodes" in rule and "$A$3" in rule for rule in rules)


def test_references_name_columns_that_exist():
    columns = {(sheet.name, column.name) for sheet in SHEETS for column in sheet.columns}
    assert set(REFERENCES) <= columns


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "_x000D_", "a\x0bb", "a\r\nb", " x "]
)
def test_a_text_is_never_a_formula_and_comes_back_as_it_was(text):
    before = model()
    node = before.nodes[0].model_copy(update={"text": Text(ja=text, en="x")})
    changed = LogicModel.model_validate(
        before.model_copy(update={"nodes": (node, *before.nodes[1:])}).model_dump(by_alias=True)
    )
    data = to_excel(changed, "ja")
    cell = cell_of(workbook(data), "nodes", node.id, "text.ja")
    assert cell.data_type == "s"
    assert cell.quotePrefix == (text[0] in "=+-@\t\r")
    assert from_excel(data, before) == changed


def test_escapes_of_the_format_are_undone():
    for text in ("_x000D_", "\x00", "a_x", "_x00", "__x0041__", "\ufffe"):
        assert decoded(encoded(text)) == text


def test_an_edited_cell_is_a_readable_difference_and_leaves_the_comments_once_accepted():
    before = model()
    after = edited(lambda book: setattr(cell_of(book, "nodes", "a_teach", "text.ja"), "value", "省エネの授業"))
    (change,) = compare(before, after).changes
    assert (change.sheet, change.row, change.field) == ("nodes", "a_teach", "text.ja")
    assert (change.old, change.new) == ("学校で省エネを学ぶ授業", "省エネの授業")
    for lang in ("ja", "en"):
        assert "a_teach" in compare(before, after).to_text(lang)
    text = compare(before, after).accept().to_yaml()
    old, new = (set(one.splitlines()) for one in (before.to_yaml(), text))
    assert len(old - new) == len(new - old) == 1
    assert text.startswith("# yaml-language-server")


def test_rows_can_be_added_removed_and_sorted():
    before = model()

    def edit(book):
        harms = sheet_of(book, "harms")
        codes = [cell.value for cell in harms[2]]
        last = len(before.harms) + 3
        for code, value in (("id", "ha_new"), ("text.ja", "新しい悪影響"), ("text.en", "a new harm")):
            harms.cell(last, codes.index(code) + 1).value = value
        sheet_of(book, "externals").delete_rows(3)
        links = sheet_of(book, "links")
        rows = [[cell.value for cell in row] for row in links.iter_rows(min_row=3, max_row=2 + len(before.edges))]
        for number, row in enumerate(reversed(rows), 3):
            for place, value in enumerate(row, 1):
                links.cell(number, place).value = value

    after = edited(edit)
    found = {(one.sheet, one.row): (bool(one.old), bool(one.new)) for one in compare(before, after).changes}
    assert found == {("harms", "ha_new"): (False, True), ("externals", before.externals[0].id): (True, False)}
    accepted = compare(before, after).accept()
    assert accepted == after
    assert accepted.edges == before.edges


def test_a_years_observation_is_one_row():
    before = model("data_utilisation_plan")
    first = before.observations[0]

    def edit(book):
        sheet = sheet_of(book, "observations")
        codes = [cell.value for cell in sheet[2]]
        row = 3 + len(before.observations)
        for code, value in (
            ("indicator", first.indicator),
            ("fiscal_year", 2030),
            ("part", first.part),
            ("stated.ja", "12 件"),
            ("value", 12),
        ):
            sheet.cell(row, codes.index(code) + 1).value = value

    after = edited(edit, before)
    (added,) = set(after.observations) - set(before.observations)
    assert (added.fiscal_year, added.value, added.stated.words("ja")) == (2030, 12.0, "12 件")
    assert compare(before, after).accept() == after


def test_numbers_keep_the_digits_that_spreadsheets_drop():
    before = model()
    value = 0.1 + 0.2
    indicator = next(one for one in before.indicators if one.baseline)
    new = indicator.model_copy(update={"baseline": indicator.baseline.model_copy(update={"value": value})})
    changed = LogicModel.model_validate(
        before.model_copy(
            update={"indicators": tuple(new if one.id == new.id else one for one in before.indicators)}
        ).model_dump(by_alias=True)
    )
    book = workbook(to_excel(changed, "en"))
    cell_of(book, "indicators", new.id, "baseline.value").value = 0.3
    assert from_excel(saved(book), changed) == changed


def test_what_office_programs_make_of_cells_is_understood():
    def edit(book):
        cell_of(book, "externals", "ex_covid", "date").value = date(2020, 3, 1)
        cell_of(book, "links", "o_pupils_taught", "key").value = True
        cell_of(book, "assumptions", "as_share", "text.en").value = 12
        cell_of(book, "externals", "ex_covid", "affects").value = "o_pupils_taught、oc_home_energy"

    after = edited(edit)
    assert next(one for one in after.externals if one.id == "ex_covid").date == "2020-03-01"
    assert next(one for one in after.externals if one.id == "ex_covid").affects == ("o_pupils_taught", "oc_home_energy")
    assert next(one for one in after.assumptions if one.id == "as_share").text.en == "12"
    assert sum(edge.key for edge in after.edges) == 2


def set_code(book, sheet, old, new):
    next(cell for cell in sheet_of(book, sheet)[2] if cell.value == old).value = new


DAMAGES = {
    "formats_no_sheet": ("harms", lambda book: book.remove(sheet_of(book, "harms"))),
    "formats_unknown_column": ("nodes", lambda book: set_code(book, "nodes", "text.ja", "text.jp")),
    "formats_no_column": ("nodes", lambda book: set_code(book, "nodes", "text.ja", None)),
    "formats_two_columns": ("nodes", lambda book: set_code(book, "nodes", "text.en", "text.ja")),
    "formats_duplicate": ("nodes", lambda book: setattr(sheet_of(book, "nodes")["A4"], "value", "i_budget")),
    "formats_unknown_id": (
        "indicators",
        lambda book: setattr(cell_of(book, "indicators", "in_kwh", "node"), "value", "oc_home"),
    ),
    "formats_no_id": ("harms", lambda book: setattr(sheet_of(book, "harms")["A3"], "value", None)),
    "formats_merged": ("nodes", lambda book: sheet_of(book, "nodes").merge_cells("D3:D4")),
    "formats_formula": ("nodes", lambda book: setattr(cell_of(book, "nodes", "a_teach", "text.ja"), "value", "=1+1")),
    "formats_error_value": (
        "nodes",
        lambda book: setattr(cell_of(book, "nodes", "a_teach", "text.ja"), "value", "#REF!"),
    ),
    "formats_other_model": (README, lambda book: setattr(book[README]["B1"], "value", "cardiac_rehab")),
    "spec_bad_choice": (
        "nodes",
        lambda book: setattr(cell_of(book, "nodes", "a_teach", "stage"), "value", "activities"),
    ),
    "spec_missing_key": ("nodes", lambda book: setattr(cell_of(book, "nodes", "a_teach", "stage"), "value", None)),
    "spec_wrong_type": (
        "links",
        lambda book: setattr(cell_of(book, "links", "o_pupils_taught", "lag_months"), "value", "two"),
    ),
    "spec_bad_value": ("nodes", lambda book: setattr(sheet_of(book, "harms")["A3"], "value", "Harm 1")),
    "spec_bad_date": (
        "externals",
        lambda book: setattr(cell_of(book, "externals", "ex_covid", "date"), "value", "令和2年3月"),
    ),
    "logic_horizon": ("nodes", lambda book: setattr(cell_of(book, "nodes", "a_teach", "horizon"), "value", "short")),
}


@pytest.mark.parametrize("code", DAMAGES)
def test_each_damage_is_found_with_its_sheet(code):
    sheet, damage = DAMAGES[code]
    found = damages(edited, damage)
    assert code in {one.code for one in found}
    assert {one.sheet for one in found if one.code == code} <= {sheet, "harms"}
    assert all(one.cell for one in found)


def test_a_wrong_cell_is_named_exactly():
    places = {}

    def edit(book):
        for name, row, column, value in (
            ("nodes", "a_teach", "stage", "x"),
            ("indicators", "in_kwh", "direction", "sideways"),
        ):
            cell = cell_of(book, name, row, column)
            cell.value, places[name] = value, cell.coordinate

    assert {one.sheet: one.cell for one in damages(edited, edit)} == places


def test_all_damages_come_at_once():
    def edit(book):
        for code in ("formats_no_sheet", "formats_merged", "formats_formula", "formats_unknown_id"):
            DAMAGES[code][1](book)

    assert {one.code for one in damages(edited, edit)} >= {
        "formats_no_sheet",
        "formats_merged",
        "formats_formula",
        "formats_unknown_id",
    }


def test_wrong_values_are_listed_beside_formulas_and_merged_cells():
    def edit(book):
        for code in ("formats_merged", "formats_formula", "formats_unknown_id", "spec_bad_choice", "spec_bad_date"):
            DAMAGES[code][1](book)

    found = damages(edited, edit)
    assert {one.code for one in found} == {
        "formats_merged",
        "formats_formula",
        "formats_unknown_id",
        "spec_bad_choice",
        "spec_bad_date",
    }
    assert len({(one.sheet, one.cell) for one in found}) == len(found)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"id,stage\na,input\n", b"\xd0\xcf\x11\xe0old"])
def test_what_is_no_workbook_is_said(data):
    with pytest.raises(SpecError) as caught:
        from_excel(data, model())
    assert caught.value.code == "formats_not_excel"
    assert caught.value.explain("ja")


def test_a_model_that_no_workbook_can_hold_is_refused():
    before = model()
    double = before.model_copy(update={"nodes": (*before.nodes, before.nodes[0])})
    assert {one.code for one in damages(to_excel, double)} == {"formats_duplicate"}
    long = before.harms[0].model_copy(update={"text": Text(ja="長" * (LONGEST + 1))})
    with pytest.raises(SpecError) as caught:
        to_excel(before.model_copy(update={"harms": (long,)}))
    assert caught.value.code == "formats_too_long"


def test_a_workbook_of_an_older_state_is_not_accepted(tmp_path):
    before = model()
    file = tmp_path / "old.xlsx"
    file.write_bytes(to_excel(before, "en"))
    newer = before.model_copy(update={"harms": ()})
    assert exported_from(file.read_bytes())
    found = changes(file, newer)
    assert found.stale
    assert "careful" in found.to_text("en")
    with pytest.raises(SpecError) as caught:
        found.accept()
    assert caught.value.code == "formats_stale"
    assert not changes(file, before).stale


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice Calc on the path (soffice)")
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_libreoffice_opens_and_saves_without_a_change(tmp_path, lang):
    before = model("data_utilisation_plan")
    node = before.nodes[0].model_copy(update={"text": Text(ja="=1+1", en="+a\nb _x0041_ ")})
    before = LogicModel.model_validate(
        before.model_copy(update={"nodes": (node, *before.nodes[1:])}).model_dump(by_alias=True)
    )
    source, out = tmp_path / "model.xlsx", tmp_path / "out"
    source.write_bytes(to_excel(before, lang))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(out),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    found = changes(out / "model.xlsx", before)
    assert found.to_text("en") == f"{before.model.id}: no changes"
    assert not found.stale
