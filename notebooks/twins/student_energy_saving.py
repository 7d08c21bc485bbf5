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
# # 対の実データ: テネシー州の少人数学級実験(STAR)
#
# **ここからは合成ではなく、公開されている実データです。** 学校でくじを引いた有名な実験を、省エネのパイロットと同じ手順に通し、教科書の表の値を再現できるかを確かめます。省エネについては何も述べません。
#
# ## Real twin: the class-size experiment of Tennessee (STAR)
#
# **These are real public data, not synthetic**: a well-known draw in schools, through the same steps as the pilot. They say nothing of saving energy.

# %%
import ebpm

ebpm.use_language("ja")
pilot = ebpm.read_pilot("../../pilots/student_energy_saving/twin")
pilot

# %% [markdown]
# ## 1. データ
#
# パイロットでは学校がくじの単位ですが、この実験では学校の中の児童が単位です。標準誤差は、くじを引いた単位に合わせます。
#
# ### The data
#
# In the pilot schools were drawn, here pupils within schools. Standard errors follow the unit that was drawn.

# %%
data = pilot.read_data()
data

# %% [markdown]
# ## 2. 計画どおりに評価する
# ### Evaluate by the plan

# %%
evaluation = pilot.evaluate(data)
evaluation

# %%
evaluation.conclusion("en")

# %% [markdown]
# ## 3. 公表値との照合
#
# 教科書の表は小数第2位まで、R による値は全桁で照合します。
#
# ### Held against the published numbers
#
# The textbook's table to its two decimals, the values from R to all digits.

# %%
evaluation.published("ja")

# %% [markdown]
# ## 4. 二つの介入を並べる
#
# 少人数学級(small)と、補助教員付きの通常学級(aide)を、通常学級と比べます。aide の区間は 0 をまたぎます。「効果がない」という意味ではありません。
#
# ### Two treatments side by side
#
# Small classes, and regular classes with an aide, against regular classes. The interval of the aide covers zero, which does not mean that there is no effect.

# %%
evaluation.plot(lang="ja");

# %% [markdown]
# ## 5. くじは公平だったか
#
# 割付けの前に決まっている性質を、学校の中で比べます。一つ一つに検定は行わず、全体を一度に検定します。
#
# ### Was the draw fair?
#
# What was settled before the draw is compared within schools, with one test of all covariates at once.

# %%
balance = ebpm.rct.balance_table(
    data.rows_of("maths"), ["female", "lunch_free", "nonwhite"], treatment="arm", control="regular", strata="school"
)
print(balance.summary("ja", names=data.names("kindergarten", "arm")))

# %% [markdown]
# ## 6. この照合が述べていないこと
# ### What this comparison does not say

# %%
pilot.limits("ja")

# %%
pilot.limits("en")
