"""The indicators of a logic model as results of the IATI Standard 2.03."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from ebpm.logic.formats import indicators
from ebpm.logic.parts import Indicator
from ebpm.spec import Text
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
UNREGISTERED = "UNREGISTERED"
RESULTS = {"output": "1", "outcome": "2", "impact": "3"}
STATUSES = {"draft": "1", "adopted": "2", "closed": "4"}
LOCAL_GOVERNMENT, IMPLEMENTING, PLANNED_START = "11", "4", "1"
UNIT, PERCENTAGE = "1", "2"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Element = ET.Element


def to_iati(model: LogicModel, lang: str | None = None, *, org: str = UNREGISTERED) -> str:
    """Return one activity with a result for each output, outcome and impact that has an indicator.

    IATI has no links: the theory, its assumptions and its evidence are not in the file, and a comment in it says so. Values that are
    words go into comments; baselines without a date are left out, since IATI requires the year.

    Parameters
    ----------
    model : the logic model.
    lang : language of the comments; names are given in both.
    org : identifier of the reporting organisation in its registration agency's list; it has to be filled in before publication.

    Notes
    -----
    Source: IATI Standard 2.03, iati-activities-schema.xsd.
    """
    root = ET.Element("iati-activities", {"version": "2.03"})
    root.append(_comment(label("formats_iati_note", lang)))
    activity = _activity(model, org)
    root.append(activity)
    for node in model.nodes:
        found = indicators.of_node(model, node)
        if node.stage in RESULTS and found:
            result = ET.SubElement(activity, "result", {"type": RESULTS[node.stage]})
            _told(result, "title", node.text)
            for indicator in found:
                _indicator(result, model, indicator)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _comment(text: str) -> Any:
    return ET.Comment(f" {text.replace('--', '—')} ")


def _activity(model: LogicModel, org: str) -> Element:
    about = model.model
    activity = ET.Element("iati-activity")
    ET.SubElement(activity, "iati-identifier").text = f"{org}-{about.id}"
    reporting = ET.SubElement(activity, "reporting-org", {"ref": org, "type": LOCAL_GOVERNMENT})
    _narratives(reporting, about.owner.bureau)
    _told(activity, "title", about.title)
    _told(activity, "description", about.goal)
    _narratives(
        ET.SubElement(activity, "participating-org", {"role": IMPLEMENTING, "type": LOCAL_GOVERNMENT}),
        about.owner.bureau,
    )
    ET.SubElement(activity, "activity-status", {"code": STATUSES[about.status]})
    start = first_day(about.started) if about.started else f"{about.fiscal_year}-04-01"
    ET.SubElement(activity, "activity-date", {"type": PLANNED_START, "iso-date": start})
    return activity


def _told(parent: Element, name: str, text: Text) -> None:
    _narratives(ET.SubElement(parent, name), text)


def _narratives(parent: Element, text: Text) -> None:
    for lang in ("ja", "en"):
        if said := getattr(text, lang):
            ET.SubElement(parent, "narrative", {LANG: lang}).text = _FORBIDDEN.sub(" ", said)


def _indicator(result: Element, model: LogicModel, indicator: Indicator) -> None:
    unit = indicator.unit.words("en") if indicator.unit else ""
    facts = {"measure": PERCENTAGE if unit.strip() in {"%", "％"} else UNIT}
    if indicator.direction in {"up", "down"}:
        facts["ascending"] = "true" if indicator.direction == "up" else "false"
    element = ET.SubElement(result, "indicator", facts)
    _told(element, "title", _with_unit(indicator))
    if indicator.definition:
        _told(element, "description", indicator.definition)
    before = model.baseline(indicator)
    if before and before.date:
        baseline = ET.SubElement(
            element, "baseline", {"iso-date": first_day(before.date), "year": before.date[:4], **_valued(before.value)}
        )
        _remarked(baseline, before.value, before.note)
    _periods(element, model, indicator)


def _with_unit(indicator: Indicator) -> Text:
    name, unit = indicator.name, indicator.unit
    if unit is None:
        return name
    return Text(
        ja=f"{name.ja}({unit.ja})" if name.ja and unit.ja else name.ja,
        en=f"{name.en} ({unit.en})" if name.en and unit.en else name.en,
    )


def _periods(element: Element, model: LogicModel, indicator: Indicator) -> None:
    """Write a period for each date of a target and each fiscal year of an observation."""
    targets = [(*span(one.date), one) for one in indicator.targets if one.date]
    seen = [
        (f"{one.fiscal_year}-04-01", f"{one.fiscal_year + 1}-03-31", one)
        for one in model.observed(indicator)
        if one.part is None
    ]
    for start, end in sorted({(start, end) for start, end, _ in (*targets, *seen)}):
        period = ET.SubElement(element, "period")
        ET.SubElement(period, "period-start", {"iso-date": start})
        ET.SubElement(period, "period-end", {"iso-date": end})
        for *dates, target in targets:
            if dates == [start, end]:
                _remarked(ET.SubElement(period, "target", _valued(target.value)), target.value, target.rationale)
        for *dates, one in seen:
            if dates == [start, end]:
                _remarked(
                    ET.SubElement(period, "actual", {} if one.value is None else _valued(one.value)),
                    one.stated,
                    one.note,
                )


def _valued(value: float | str) -> dict[str, str]:
    """Return the attribute of a number; IATI takes no other value."""
    return {} if isinstance(value, str) else {"value": f"{value:.0f}" if float(value).is_integer() else repr(value)}


def _remarked(element: Element, value: float | str | Text, note: Text | None) -> None:
    said = (
        value
        if isinstance(value, Text)
        else Text(ja=value, en=value)
        if isinstance(value, str) and value.strip()
        else None
    )
    texts = [text for text in (said, note) if text is not None]
    if texts:
        comment = ET.SubElement(element, "comment")
        both = {lang: " ".join(getattr(text, lang) for text in texts if getattr(text, lang)) for lang in ("ja", "en")}
        _narratives(comment, Text(**both))


def first_day(date: str) -> str:
    """Return the first day of a year, a month or a day.

    Examples
    --------
    >>> from ebpm.logic.formats.iati import first_day
    >>> first_day("2019-10")
    '2019-10-01'
    """
    return span(date)[0]


def span(date: str) -> tuple[str, str]:
    """Return first and last day of a year, a month or a day."""
    parts = date.split("-")
    if len(parts) == 1:
        return f"{date}-01-01", f"{date}-12-31"
    if len(parts) == 2:
        return f"{date}-01", f"{date}-{monthrange(int(parts[0]), int(parts[1]))[1]:02d}"
    return date, date
