# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 同じ評価を四つのところから ― メモリー上の表、Parquet、Spark、モーメントのファイル
#
# **データは合成データです。** `readings.py` が乱数の種から作った 2 つの市の電力メーターで、実在の世帯の記録ではありません。真の効果は一日 −0.6 kWh です。
#
# 病院のレセプトやスマートメーターの記録は、ノートブックのメモリーに収まらないことも、部署の外に出せないこともあります。どこで計算しても同じ数字になることを、2,000 万行で確かめます。
#
# ## The same evaluation from four sources: a table in memory, Parquet, Spark, a moment file
#
# **The data are synthetic**: meter readings of two cities that `readings.py` draws from a seed; no record of any home. The true effect is
# −0.6 kWh a day.
#
# Hospital claims and meter readings outgrow a notebook's memory, and often may not leave the office at all. Wherever they are summed, the digits
# are the same: here with 20 million rows.

# %%
import os
import sys
import tempfile
from pathlib import Path

import pandas as pd
import polars as pl

import ebpm
from readings import write_readings

ebpm.use_language("ja")
rows = 20_000_000

# %%
place = tempfile.TemporaryDirectory()
folder = write_readings(Path(place.name), rows)
pilot = ebpm.read_pilot(".")
pilot

# %% [markdown]
# ## 1. 表の置き場所を渡すだけで、呼び方は同じです
#
# `pilot.on` に渡すのは、契約(`pilot.yaml`)にある表の名前と、その置き場所です。データフレームならメモリー上で、Parquet のフォルダーなら読み込まずに、DuckDB、Polars、Spark がその場で合計します。
#
# ### One call, wherever the table is
#
# `pilot.on` takes the names of the contract's tables and where each is: a data frame, which is used in memory; or a folder of Parquet files, which
# DuckDB, Polars or Spark sum where they lie.

# %%
frame = pd.read_parquet(folder)
in_memory = pilot.evaluate_unreleased(pilot.on({"meters": frame}))  # synthetic: nothing here needs to be withheld
len(frame)

# %%
through_duckdb = pilot.evaluate(pilot.on({"meters": folder}))
through_duckdb.conclusion("ja")

# %%
through_duckdb.conclusion("en")

# %%
through_polars = pilot.evaluate(pilot.on({"meters": pl.scan_parquet(folder)}))

# %% tags=["remove-stderr"]
os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
through_spark = pilot.evaluate(pilot.on({"meters": ebpm.moments.scan(folder, engine="pyspark", memory=8 * 2**30)}))

# %% [markdown]
# ## 2. モーメントのファイル:部署の外に出せる合計
#
# `pilot.moments` は、分析に必要な合計だけを、秘匿処理を通して書き出します。2,000 万行が数十キロバイトになり、1 件ごとの値はありません。受け取った人は `pilot.evaluate` で同じ評価を行えます。床面積による調整だけは個票が必要で、そのことが示されます。
#
# ### The moment file: sums that may leave the office
#
# `pilot.moments` writes the sums that the analyses need, after disclosure control: some kilobytes for 20 million rows, no single value. Whoever
# receives it evaluates the pilot as if it had the records. The adjustment for floor area alone needs them, and says so.

# %%
file = pilot.moments(pilot.on({"meters": folder}))
path = file.save(folder / "moments.json")
received = ebpm.moments.read_moments(path)
from_file = pilot.evaluate(received)
print(f"{path.stat().st_size:,} bytes, SHA-256 {received.digest}")

# %%
print(pilot.answers(received).summary("ja"))

# %%
print(pilot.answers(received).summary("en"))

# %% [markdown]
# ## 3. 四つのところからの数字
#
# 合計は整数で行うので、DuckDB、Polars、Spark、ファイルの数字は最後の桁まで同じです。メモリー上の推定は別の計算順序を通るので、最後の数桁が丸めの範囲で違うことがあります。
#
# ### The digits from each source
#
# Sums are of whole numbers, so that DuckDB, Polars, Spark and the file agree to the last digit. In memory the estimators add in another order; the
# last digits may differ by rounding.

# %%
sources = {
    "データフレーム / data frame": in_memory,
    "Parquet, DuckDB": through_duckdb,
    "Parquet, Polars": through_polars,
    "Parquet, Spark": through_spark,
    "モーメントのファイル / moment file": from_file,
}
answered = [result.analysis.id for result in from_file.results]


def digits(evaluation):
    """Return estimate and, in brackets, standard error of each headline with all their digits."""
    heads = [evaluation[name].estimates.headline for name in answered]
    return [f"{head.estimate!r} ({head.std_error!r})" for head in heads]


titles = [pilot.spec.analysis(name).title.words("ja") + " / " + pilot.spec.analysis(name).title.words("en") for name in answered]
table = pd.DataFrame({source: digits(one) for source, one in sources.items()}, index=titles).T
table

# %%
exact = (table.iloc[2:] == table.iloc[1]).all(axis=None)
pairs = [(in_memory[name].estimates.headline, from_file[name].estimates.headline) for name in answered]
apart = max(abs(getattr(one, of) / getattr(other, of) - 1) for one, other in pairs for of in ("estimate", "std_error"))
print(f"最後の桁まで同じ / identical to the last digit: {exact}")
print(f"メモリー上との相対差は 1000 億分の 1 未満 / in memory within 1e-11: {apart < 1e-11}")

# %% [markdown]
# ## 4. 二つの市が、記録を見せ合わずに一つの推定を出す
#
# 北市と南市が、それぞれ自分の記録からファイルを作ります。足し合わせたファイルからの推定は、両市の記録を一つにまとめた場合と同じです。
#
# ### Two cities, one estimate, and no record exchanged
#
# Each city makes a file from its own records. The files added up give the estimate that the records of both would give.

# %%
meters = pl.scan_parquet(folder / "*.parquet")
north, south = (pilot.moments(pilot.on({"meters": meters.filter(pl.col("city") == city)})) for city in ("north", "south"))
cities = {
    "北市 / north city": north,
    "南市 / south city": south,
    "二つのファイルの和 / the two files added up": north + south,
    "両市の記録 / the records of both": file,
}
heads = {city: pilot.evaluate(one)["effect"].estimates.headline for city, one in cities.items()}
pooled = pd.DataFrame(
    {city: [repr(one.estimate), repr(one.std_error), f"{one.n:,}"] for city, one in heads.items()},
    index=["推定値 / estimate", "標準誤差 / standard error", "行 / rows"],
).T
pooled

# %%
print(f"和は両市の記録と同じ / the sum is that of the records: {(pooled.iloc[2] == pooled.iloc[3]).all()}")

# %%
place.cleanup()
