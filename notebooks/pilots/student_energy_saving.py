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
# # 小中学生の省エネ行動促進 ― 40校のくじで何が分かり、何が分からないか
#
# **データは合成データです。** `pilots/student_energy_saving/simulate.py` が宣言したモデルから作ったもので、実在の学校・家庭の記録ではありません。
# 真の値を知っているので、方法が正しく働くかを確かめられます。
#
# ## Saving energy at school: what a draw among forty schools can tell, and what it cannot
#
# **The data are synthetic**, drawn by `simulate.py` from a declared model. The truth is known, so the method can be checked.

# %%
import ebpm

ebpm.use_language("ja")
pilot = ebpm.read_pilot("../../pilots/student_energy_saving")
pilot

# %% [markdown]
# ## 1. 問いはロジックモデルのどの矢印か
#
# 評価するのは「学んだ児童生徒」から「家庭の電気・ガスの使用量」への矢印一本です。破線はまだ証拠のない矢印です。
#
# ### Which link of the logic model is the question about?
#
# One arrow: from pupils taught to energy used at home. Dashed arrows have no evidence yet.

# %%
pilot.logic_model.draw(lang="ja");

# %% [markdown]
# ## 2. データと、読み込みで直したこと・受け入れなかったこと
#
# 役所のファイルのまま(cp932、全角数字、▲、桁区切り)読み込みます。直した箇所は数え、受け入れない行は理由とともに示します。
#
# ### The data: what was repaired and what was refused
#
# The files are read as offices make them. Every repair is counted; every refused row has its reason. Rows read = rows used + rows refused.

# %%
data = pilot.read_data()
data

# %% [markdown]
# ## 3. 計画どおりに評価する
#
# 主要な分析は、割り付けた群どうしの比較(ITT)です。実施前の使用量で調整し(Lin の回帰)、くじを引いた単位である学校でまとめた標準誤差(CR2)と
# Satterthwaite の自由度を使います。
#
# ### Evaluate by the plan
#
# The primary analysis compares the arms as drawn (ITT), adjusts for electricity use before (Lin's regression), and clusters at the unit of the draw, the school (CR2, Satterthwaite's df).

# %%
evaluation = pilot.evaluate(data)
evaluation

# %% [markdown]
# ## 4. 主要な分析と感度分析を並べて見る
#
# 灰色の帯は、施策を変える理由にならないほど小さい効果の範囲です。区間が帯の外にも 0 の両側にもかかるときは「結論が出ない」であり、「効果がない」ではありません。
#
# ### The primary analysis beside its sensitivity analyses
#
# The band holds effects too small to change a decision. An interval that reaches beyond the band and covers zero is inconclusive; it does not mean that there is no effect.

# %%
evaluation.forest("ja").plot(lang="ja", margin=evaluation.primary.analysis.margin.value);

# %% [markdown]
# ## 5. 同じ数値を、表から直接求める
#
# パイロットの宣言がなくても、表と列名だけで同じ推定ができます。
#
# ### The same number straight from the table

# %%
after = data["household_months"].query("period == 'after' and returned == 1")
homes = after.groupby("pupil_id", as_index=False).agg(
    kwh_day=("kwh_day", "mean"), arm=("arm", "first"), school_id=("school_id", "first"),
    stratum=("stratum", "first"), kwh_before=("kwh_before", "first"),
)
direct = ebpm.rct.lin(homes, "kwh_day", treatment="arm", covariates=["kwh_before"], cluster="school_id", strata="stratum")
direct.tidy()

# %% [markdown]
# ## 6. くじは守られたか、誰がいなくなったか
#
# 提出率が群で違えば、残った家庭の比較はもはや無作為ではありません。検査 R106 と R104 を必ず併せて読みます。
#
# ### Was the draw kept, and who is missing?
#
# Where the arms differ in who handed in the slips, the homes that remain are no longer a random comparison: read R106 and R104 with the estimate.

# %%
for notice in evaluation.notices.of("warning"):
    print(notice.to_text("ja"))

# %%
print(ebpm.explain("R106", "ja"))

# %% [markdown]
# ## 7. 証拠を矢印に書き戻す
#
# 判定と証拠の強さ(人が付けるのではなく、設計と検査から計算)を、ロジックモデルの矢印に記録します。
#
# ### Write the evidence back onto its link
#
# Verdict and grade, computed from design and checks and typed by nobody, go onto the link.

# %%
evaluation.logic_model.draw(lang="ja");

# %% [markdown]
# ## 8. この評価が述べていないこと
# ### What this evaluation does not say

# %%
for limit in pilot.spec.limits:
    print("・" + limit.words("ja"))
    print("  " + limit.words("en"))

# %% [markdown]
# **最初の教訓**: 40校では 2～5 % の効果は見えません。効果を見たいなら、学校を増やすか、実施前の測定を良くするか、どちらもできないなら「分からない」と書くことです。
#
# **The first lesson**: with forty schools a true effect of 2 to 5 % is invisible. Draw more schools, measure better beforehand, or write that it is not known.
