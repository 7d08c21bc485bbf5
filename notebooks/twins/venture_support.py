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
# # 対の実データ: 郡の最低賃金と、ミシガン州の職業訓練補助金
#
# **ここからは合成ではなく、公開されている実データです。** ベンチャー支援のパイロットと同じ手順を通し、公表された値や別のプログラムで計算した値を再現できるかを確かめます。手順の照合が目的であり、日本の賃金や補助金については何も述べません。
#
# ## Real twins: minimum wages of counties, and job-training grants in Michigan
#
# **These are real public data, not synthetic.** They go through the same steps as the pilot on ventures, to see whether known numbers come out. They say nothing
# of wages or grants in Japan.

# %%
import ebpm

ebpm.use_language("ja")
wages = ebpm.read_pilot("../../pilots/venture_support/twin")
wages

# %% [markdown]
# ## 1. 一つ目: 段階的に始まる施策
#
# 州によって違う年に最低賃金が上がりました。まだ上がっていない州の郡と比べる点は、採択年の違う企業の比較と同じ形です。
#
# ### First twin: staggered adoption
#
# States raised their minimum wage in different years; counties are compared with those not yet treated, as firms accepted in different years are.

# %%
county_years = wages.read_data()
county_years

# %%
evaluation = wages.evaluate(county_years)
evaluation

# %% [markdown]
# ## 2. 公表値との照合
#
# 公表値は R の did パッケージによる値です。許される差は照合の前に pilot.yaml で決めてあります。
#
# ### Held against the known numbers
#
# They were computed with the R package did. The tolerances stand in pilot.yaml.

# %%
evaluation.published("ja")

# %%
evaluation.conclusion("en")

# %% [markdown]
# ## 3. 引上げからの年数でみる
#
# 四角は引上げの前で、0 の近くにあるはずの点です。細い線は、すべての点をまとめて 95 % で含む同時信頼帯です。
#
# ### By years since the rise
#
# Squares lie before the rise and should be near zero. Thin lines are the simultaneous band.

# %%
evaluation["event"].plot(lang="ja");

# %% [markdown]
# ## 4. 引上げの年ごとにみる
#
# 平均の中身を、引上げの年の異なる郡のまとまりごとに開いて見ます。
#
# ### By year of the rise
#
# The same average, opened up by cohort.

# %%
evaluation.primary.value.plot(lang="ja");

# %% [markdown]
# ## 5. 二つ目: 企業への補助金
#
# 企業への支援という点で、事業の中身が近い対です。3年分の短いデータなので、二方向固定効果を使います。効果がすべての企業で等しいという、強い仮定を置きます。
#
# ### Second twin: grants to firms
#
# Closer in substance. With three years only, two-way fixed effects are used, which assume the same effect for every firm.

# %%
grants = ebpm.read_pilot("../../pilots/venture_support/twin_job_training")
training = grants.evaluate()
training

# %%
training.published("ja")

# %%
training.conclusion("en")

# %% [markdown]
# 区間が 0 をまたぐので判定は「結論が出ない」です。公表値を再現できたことと、効果が確かめられたことは別です。
#
# The interval covers zero: inconclusive. That a published number is reproduced does not make the effect established.
#
# ## 6. この照合が述べていないこと
# ### What this comparison does not say

# %%
wages.limits("ja")

# %%
grants.limits("ja")

# %%
wages.limits("en")

# %%
grants.limits("en")
