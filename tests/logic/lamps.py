"""A made-up programme with costs, a worth and one appraisal, and ways to change it."""

from __future__ import annotations

from ebpm.logic import LogicModel

TEXT = """\
schema: 1
model:
  id: lamps
  title: {ja: 省エネ灯の配布(例示の数値), en: Free lamps (made-up numbers)}
  owner: {bureau: {ja: 試験局, en: Test Bureau}}
  level: project
  fiscal_year: 2020
  problem: {ja: 電気の使いすぎ, en: Homes use too much electricity}
  goal: {ja: 電気使用量が減る, en: Homes use less}
  target_population: {ja: 市内の世帯, en: Homes of the city}
nodes:
  - id: i_lamps
    stage: input
    text: {ja: 灯具, en: Lamps}
    costs:
      - {value: 900, low: 800, high: 1000, shape: normal, per: {ja: 世帯, en: home}, units: 2000, price_year: 2020, source: {ja: 例示, en: made up}}
  - id: i_staff
    stage: input
    text: {ja: 職員, en: Staff}
    costs:
      - {value: 1000000, low: 800000, high: 1500000, shape: triangular, price_year: 2020, source: {ja: 例示, en: made up}}
  - {id: a_hand, stage: activity, text: {ja: 配布, en: Hand out lamps}}
  - {id: o_homes, stage: output, text: {ja: 灯具を受け取った世帯, en: Homes with lamps}}
  - id: oc_use
    stage: outcome
    horizon: short
    text: {ja: 電気使用量が減る, en: Homes use less electricity}
    worth: {value: 27, low: 24, high: 30, shape: normal, per: kWh, price_year: 2020, source: {ja: 例示, en: made up}}
edges:
  - {from: i_lamps, to: a_hand}
  - {from: i_staff, to: a_hand}
  - {from: a_hand, to: o_homes}
  - {from: o_homes, to: oc_use, key: true, evidence: [ev_trial]}
evidence:
  - id: ev_trial
    citation: {ja: 例示の試験, en: A made-up trial}
    design: {ja: 無作為化比較試験, en: Randomised controlled trial}
    verdict: supports
    scale: {name: SMS, level: 5}
    estimate: {value: -0.3, conf_low: -0.5, conf_high: -0.1, conf_level: 0.95, unit: kWh/day}
    applicability: {ja: 同じ市の世帯, en: homes of the same city}
    transfer: same
appraisals:
  - id: lamps_three_years
    from: o_homes
    to: oc_use
    evidence: ev_trial
    wanted: down
    outcome_unit: kWh
    per_year: 365
    reach: {value: 2000}
    years: 3
    persistence: {value: 0.8, low: 0.6, high: 1.0, shape: triangular}
    discount_rate: 0.04
    discount_source: {ja: 例示, en: made up}
    price_year: 2020
"""
CASE = "lamps_three_years"


def lamps(*changes: tuple[str, str]) -> LogicModel:
    """Return the model with parts of its text replaced."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return LogicModel.loads(text)


ONLY_EFFECT = (
    ("value: 900, low: 800, high: 1000, shape: normal", "value: 900"),
    ("value: 1000000, low: 800000, high: 1500000, shape: triangular", "value: 1000000"),
    ("value: 27, low: 24, high: 30, shape: normal", "value: 27"),
    ("{value: 0.8, low: 0.6, high: 1.0, shape: triangular}", "{value: 0.8}"),
)
"""Leave the estimate as the only uncertain input."""
