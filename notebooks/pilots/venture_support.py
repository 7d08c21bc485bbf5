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
# # ベンチャー支援 ― 採択企業は投資を受けやすくなったか
#
# **データは合成データです。** `pilots/venture_support/simulate.py` が宣言したモデルから作ったもので、実在の企業の記録ではありません。結果は実際の支援策について何も示しません。真の値を知っているので、方法が正しく働くかを確かめられます。
#
# ## Support for ventures: did acceptance make investment more likely?
#
# **The data are synthetic**, drawn by `simulate.py` from a declared model; no record of any firm. They say nothing about any real
# programme. The truth is known, so the method can be checked.

# %%
import ebpm

ebpm.use_language("ja")
pilot = ebpm.read_pilot("../../pilots/venture_support")
pilot

# %% [markdown]
# ## 1. 問いはロジックモデルのどの矢印か
#
# 評価するのは「支援を受けた企業」から「投資」への矢印一本です。採択はくじではなく評点の順に決まったので、採択企業と不採択企業をそのまま比べても支援の効果にはなりません。
#
# ### Which link of the logic model is the question about?
#
# One arrow: from supported firms to investment. Firms were accepted by score, not by lot, so comparing accepted with rejected firms
# as they stand would not show the effect of support.

# %%
pilot.logic_model.draw(lang="ja");

# %% [markdown]
# ## 2. データと、読み込みで直したこと
#
# 年次データは、登記・企業調査・民間データベースを結合した形です。申請の表には、**すべての申請者の評点**を審査員ごとに残しています。
#
# ### The data, and what was repaired
#
# Registry, survey and commercial database joined by firm and year. The table of applications keeps **every applicant's score** by judge.

# %%
data = pilot.read_data()
data

# %% [markdown]
# ## 3. 計画どおりに評価する
#
# 採択の年が企業によって違うため、年ごと・採択年ごとに、まだ採択されていない企業と比べます(Callaway–Sant'Anna、二重頑健推定)。主要な結果は金額ではなく「投資を受けたかどうか」です。
#
# ### Evaluate by the plan
#
# Firms were accepted in different years, so each cohort is compared, year by year, with firms not yet accepted (Callaway and Sant'Anna, doubly robust).
# The primary outcome is whether a firm raised anything, not how much.

# %%
evaluation = pilot.evaluate(data)
evaluation

# %%
evaluation.conclusion("en")

# %% [markdown]
# ## 4. 主要な分析と感度分析を並べて見る
#
# 灰色の帯は、支援の費用に見合わないほど小さい効果の範囲です。区間が帯の外にも 0 の両側にもかかるときは「結論が出ない」であり、「効果がない」ではありません。
#
# ### The primary analysis beside its sensitivity analyses
#
# The band holds effects too small to be worth the cost. An interval that reaches beyond the band and covers zero is inconclusive; it does not mean that there is no effect.

# %%
evaluation.forest().plot(lang="ja", margin=evaluation.primary.analysis.margin.value);

# %% [markdown]
# ## 5. 採択からの年数でみる
#
# 採択の前年は、内定を知った投資家が先に動くことがあるので、その前の年を基準にします。基準より前の点(四角)は効果が 0 のはずの時期です。
#
# ### By years since acceptance
#
# Investors may move in the year before acceptance, so the year before that is the base. Squares are years in which the effect should be zero.

# %%
by_year = evaluation.primary.value.aggregate("event").in_unit(evaluation.headline.unit)
by_year.plot(lang="ja", margin=evaluation.primary.analysis.margin.value);

# %% [markdown]
# ## 6. 平行トレンドはどこまで崩れてよいか
#
# 採択前のずれが「0 と区別できない」ことは、ずれが無いことではありません。一つ目の図は、採択前に見られた最大のずれの何倍までなら結論が保たれるかを示します。二つ目の図は、事前の検定が見逃しうる傾きと、それが残す偏りです。
#
# ### How far may trends depart from parallel?
#
# That earlier differences cannot be told from zero does not mean that there are none. The first picture widens the interval by multiples of the
# largest departure seen before acceptance; the second shows a trend that the test of earlier years would have missed half the time, and the bias it leaves.

# %%
evaluation["parallel_trends"].plot(lang="ja")
evaluation["pre_test"].plot(lang="ja")
print(evaluation["pre_test"].value.summary("ja"))

# %% [markdown]
# ## 7. 採択の前に動いた企業
#
# 2021年の採択企業だけを、前年を基準にして見ると、採択の前年に投資が増えています。前年を基準にする普通の前後比較は、この動きを差し引いてしまい、支援の効果を低く(ここでは逆の符号に)見せます。検査 D204 がこれを指摘します。
#
# ### Firms that moved before acceptance
#
# In the cohort of 2021 investment rose in the year before acceptance. A comparison that takes that year as its base subtracts the rise and
# makes support look worse than it was. Check D204 points at it.

# %%
evaluation["cohort_2021"].plot(lang="ja");

# %% [markdown]
# ## 8. 一社の大型調達と、名簿から消えた企業
#
# 調達額の合計は一社がその大半を占めます(D205)。金額の比は、その一社がどちらの群にいるかで決まるので、参考にとどめます。また、廃業した企業は民間データベースから消えます(D208)。残った企業だけを比べると、生き残った企業どうしの比較になります。
#
# ### One giant round, and firms that left the list
#
# One firm holds most of the sum (D205), so the ratio of amounts is for reference alone. Closed firms leave the commercial database (D208): those that stay are survivors.

# %%
evaluation["amount"].notices + evaluation["survivors"].notices.of("warning")

# %% [markdown]
# ## 9. 評点を使う設計は、採点のしかた次第
#
# 評点が基準点をわずかに上回る企業と下回る企業の比較(回帰不連続デザイン)は、将来もっとも信頼できる設計です。ただし今は、基準点ちょうどに評点が集まっており、そのままでは使えません。審査員ごとの評点を、後から直さずに記録してください。
#
# ### A design on scores depends on how scores are given
#
# Comparing firms just above and just below the cutoff (regression discontinuity) would be the most credible design in future. As scoring stands,
# scores heap at the cutoff and it cannot be used. Record each judge's score and do not change it afterwards.

# %%
print(ebpm.explain("T051", "ja"))

# %% [markdown]
# ## 10. 真の値と照らし合わせる
#
# 合成データなので答え合わせができます。95 % 信頼区間は、同じことを何度も繰り返すと 20 回に 1 回ほど真の値を外します。
#
# ### Held against the truth
#
# The data are synthetic, so the answers can be marked. A 95 % interval misses the truth about once in twenty times.

# %%
evaluation.truth("ja")

# %% [markdown]
# ## 11. 証拠を矢印に書き戻す
#
# 判定と証拠の強さは、人が付けるのではなく、設計と検査から計算します。
#
# ### Write the evidence back onto its link
#
# Verdict and grade are computed from design and checks, and typed by nobody.

# %%
evaluation.logic_model.draw(lang="ja");

# %% [markdown]
# ## 12. この評価が述べていないこと
# ### What this evaluation does not say

# %%
pilot.limits("ja")

# %%
pilot.limits("en")
