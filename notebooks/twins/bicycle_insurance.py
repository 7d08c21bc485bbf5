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
# # 対の実データ: 寄附の依頼状の実験(Karlan and List)
#
# **ここからは合成ではなく、公開されている実データです。** 郵送する文面をくじで分けた約5万人の実験を、自転車保険のパイロットと同じ手順に通し、公表された値を再現できるかを確かめます。保険の周知については何も述べません。
#
# ## Real twin: an experiment with letters that ask for donations (Karlan and List)
#
# **These are real public data, not synthetic**: some fifty thousand letters whose text was drawn by lot, through the same steps as the pilot. They say nothing of insurance.

# %%
import ebpm

ebpm.use_language("ja")
pilot = ebpm.read_pilot("../../pilots/bicycle_insurance/twin")
pilot

# %% [markdown]
# ## 1. データ
# ### The data

# %%
data = pilot.read_data()
data

# %% [markdown]
# ## 2. 計画どおりに評価する
#
# 上乗せ寄附を約束する依頼状と通常の依頼状で、寄附をした人の割合を比べます。差は小さくても、5万人いれば見えます。
#
# ### Evaluate by the plan
#
# The share that gives, with and without a promised match. The difference is small; fifty thousand letters can show it.

# %%
evaluation = pilot.evaluate(data)
evaluation

# %%
evaluation.conclusion("en")

# %% [markdown]
# ## 3. 公表値との照合
# ### Held against the published numbers

# %%
evaluation.published("ja")

# %% [markdown]
# ## 4. 文面どうしの比較
#
# 上乗せの比率(1対1、2対1、3対1)と通常の依頼状(control)を総当たりで比べます。Holm の方法で、どれか一つでも偶然に 0 を離れる確率を抑えます。比率どうしの区間が 0 をまたぐことは、「比率による違いがない」ことの証明ではありません。
#
# ### The letters compared with each other
#
# All pairs of ratios, with Holm's control of the family-wise error. That intervals between ratios cover zero does not prove that the ratio is of no matter.

# %%
evaluation["ratios"].plot(lang="ja");

# %% [markdown]
# ## 5. パイロットの規模と比べる
#
# 自転車保険の予備調査で追跡できたのは、この実験の数十分の一の人数です。啓発文の差を見分けるには、このような規模と、くじによる割付けの両方が要ります。
#
# ### Beside the size of the pilot
#
# The preliminary survey on bicycle insurance follows a small fraction of these numbers. To tell leaflets apart takes both a draw and numbers such as these.
#
# ## 6. この照合が述べていないこと
# ### What this comparison does not say

# %%
pilot.limits("ja")

# %%
pilot.limits("en")
