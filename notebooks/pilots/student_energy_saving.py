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
# # 小中学生の省エネ行動 ― 40校のくじで分かること、分からないこと
#
# **データは合成データです。** `pilots/student_energy_saving/simulate.py` が宣言したモデルから作ったもので、実在の学校・家庭の記録ではありません。結果は実際の事業について何も示しません。真の値を知っているので、方法が正しく働くかを確かめられます。
#
# ## Saving energy at school: what a draw among forty schools can tell, and what it cannot
#
# **The data are synthetic**, drawn by `simulate.py` from a declared model; no record of any school or home. They say nothing about any real programme.
# The truth is known, so the method can be checked.

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
# 主要な分析は、割り付けた群どうしの比較(ITT)です。実施前の使用量で調整し(Lin の回帰)、くじを引いた単位である学校でまとめた標準誤差(CR2)とSatterthwaite の自由度を使います。
#
# ### Evaluate by the plan
#
# The primary analysis compares the arms as drawn (ITT), adjusts for electricity use before (Lin's regression), and clusters at the unit of the draw, the school (CR2, Satterthwaite's df).

# %%
evaluation = pilot.evaluate(data)
evaluation

# %%
evaluation.conclusion("en")

# %% [markdown]
# ## 4. 主要な分析と感度分析を並べて見る
#
# 灰色の帯は、施策を変える理由にならないほど小さい効果の範囲です。区間が帯の外にも 0 の両側にもかかるときは「結論が出ない」であり、「効果がない」ではありません。
#
# ### The primary analysis beside its sensitivity analyses
#
# The band holds effects too small to change a decision. An interval that reaches beyond the band and covers zero is inconclusive; it does not mean that there is no effect.

# %%
evaluation.forest().plot(lang="ja", margin=evaluation.primary.analysis.margin.value);

# %% [markdown]
# ## 5. 同じ数値を、表から直接求める
#
# パイロットの宣言がなくても、一行一世帯の表と列名だけで同じ推定ができます。
#
# ### The same number straight from the table
#
# One row a home and the names of the columns are enough.

# %%
homes = data.rows_of("primary")
ebpm.rct.lin(homes, "kwh_day", treatment="arm", covariates=["kwh_before"], cluster="school_id", strata="stratum")

# %% [markdown]
# ## 6. くじは守られたか、誰がいなくなったか
#
# 上の評価では、検査 R104(割付けと違う処置を受けた学校)と R106(提出した割合の群間の差)が警告を出し、証拠の強さを下げています。提出した割合が群で違えば、残った家庭の比較はもはや無作為ではありません。
#
# ### Was the draw kept, and who is missing?
#
# Checks R104 (a school treated otherwise than drawn) and R106 (arms differ in who handed in the slips) lower the grade: the homes that remain are no longer a
# random comparison.

# %%
print(ebpm.explain("R106", "ja"))

# %% [markdown]
# 割付けから分析までの人数と学校数(CONSORT の流れ図)と、割付け前の性質の釣り合いです。
#
# Pupils and schools from the draw to the analysis (CONSORT), and the balance of what was known before the draw.

# %%
pupils = data["pupils"]
pupils = pupils.assign(kept=(pupils["delivered"] == pupils["arm"]).astype(int))
called = data.names("pupils", "arm")
ebpm.rct.flow(pupils, "score_post", treatment="arm", received="kept", cluster="school_id").plot(lang="ja", names=called);

# %%
before = ["kwh_before", "score_pre", "hh_size", "grade"]
ebpm.rct.balance_table(pupils, before, treatment="arm", cluster="school_id", strata="stratum").plot(lang="ja", names=called);

# %% [markdown]
# ## 7. いなくなった人について何も仮定しないと
#
# 行動得点は 0 点から 32 点までなので、回答しなかった児童生徒の得点を両端に置けば、差の取りうる範囲が計算できます。範囲は 0 の両側に広く及びます。3割の欠測があると、仮定なしには差の向きさえ定まりません。
#
# ### With no assumption on those who are missing
#
# The behaviour score runs from 0 to 32, so the missing can be put at both ends. With three in ten missing, not even the sign of the difference is settled without an assumption.

# %%
ebpm.survey.effect_bounds(
    data["pupils"], "score_post", treatment="arm", control=0, low=0, high=32, strata="stratum", cluster="school_id"
).plot(lang="ja");

# %% [markdown]
# ## 8. 真の値と照らし合わせる
#
# 合成データなので答え合わせができます。真の効果は 0 ではないのに、判定は「結論が出ない」でした。
#
# ### Held against the truth
#
# The data are synthetic, so the answers can be marked. The true effect is not zero, and the verdict was inconclusive all the same.

# %%
evaluation.truth("ja")

# %% [markdown]
# ## 9. 証拠を矢印に書き戻す
#
# 判定と証拠の強さ(人が付けるのではなく、設計と検査から計算)を、ロジックモデルの矢印に記録します。
#
# ### Write the evidence back onto its link
#
# Verdict and grade, computed from design and checks and typed by nobody, go onto the link.

# %%
evaluation.logic_model.draw(lang="ja");

# %% [markdown]
# ## 10. この評価が述べていないこと
# ### What this evaluation does not say

# %%
pilot.limits("ja")

# %%
pilot.limits("en")

# %% [markdown]
# **最初の教訓**: 40校では 2～5 % の効果は見えません。効果を見たいなら、学校を増やすか、実施前の測定を良くするか、どちらもできないなら「分からない」と書くことです。
#
# **The first lesson**: with forty schools a true effect of 2 to 5 % is invisible. Draw more schools, measure better beforehand, or write that it is not known.
