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
# # 自転車保険の予備調査 ― 何割が加入しているか、どの啓発文を試すか
#
# **データは合成データです。** `pilots/bicycle_insurance/simulate.py` が宣言したモデルから作ったもので、実際の回答ではありません。方面別の人口も架空です。結果は実際の加入状況や啓発文について何も示しません。
#
# ## Bicycle insurance, a preliminary survey: how many are insured, and which leaflet is worth a trial?
#
# **The data are synthetic**, drawn by `simulate.py` from a declared model; no real answers, and the populations are invented. They say nothing
# about real cyclists or leaflets.

# %%
import ebpm

ebpm.use_language("ja")
pilot = ebpm.read_pilot("../../pilots/bicycle_insurance")
pilot

# %% [markdown]
# ## 1. 問いはロジックモデルのどの矢印か
#
# 「読まれた啓発文」から「保険への加入」への矢印を、くじで分けた5群で比べます。これは**予備調査**です。加入割合を正直に見積もり、本調査を設計する材料を得ることが目的で、啓発文の優劣を決めるだけの人数はありません。
#
# ### Which link of the logic model is the question about?
#
# The arrow from leaflets read to insurance, compared between five arms drawn by lot. This is a **preliminary survey**: it measures honestly
# and prepares a main trial; it is too small to choose a leaflet.

# %%
pilot.logic_model.draw(lang="ja");

# %% [markdown]
# ## 2. 短い練習: 回答率 26.4 % の調査は何を言えるか
#
# 次の数値は合成ではなく、本市の計画に載っている職員アンケートの値です。回答した職員の 59.9 % が「データ活用を意識している」と答え、回答率は 26.4 % でした。回答しなかった職員について何も仮定しなければ、全体の割合は次の範囲としか言えません。
#
# ### A short lesson: what can a survey with a response of 26.4 % say?
#
# These figures are real, from the city's own plan: 59.9 % of those who answered say they are conscious of data use, and 26.4 % answered.
# With no assumption on the others, the share among all staff lies anywhere between the bounds.

# %%
staff = ebpm.survey.bounds_from(mean=0.599, response_rate=0.264, name="職員アンケート")
print(staff.summary("ja"))
staff.plot(lang="ja");

# %% [markdown]
# ## 3. データと、読み込みで直したこと
#
# 発送した人を1行とする名簿です。回答しなかった人も行として残します。残さなければ、回答率も範囲も計算できません。
#
# ### The data, and what was repaired
#
# One row a person invited, whether or not they answered; without those rows neither response nor bounds can be known.
#
# 回答率は、国際的な定義(AAPOR)で方面別に数えます。名簿の全員が調査の対象なので、どの定義でも同じ値になります。
#
# Response is counted by AAPOR's definitions and ward group. Everybody on the frame is eligible, so the definitions agree.

# %%
data = pilot.read_data()
print(data)
ebpm.survey.response_rates(data["invitations"], "responded", classes={1: "I", 0: "NC"}, by="ward_group")

# %% [markdown]
# ## 4. 計画どおりに評価する
#
# 主要な分析は、啓発文ごとの加入割合と、送付なしの群との差です。4つの差をまとめて 95 % の同時信頼区間を置き、偶然の当たりを抑えます。
#
# ### Evaluate by the plan
#
# The primary analysis compares each leaflet with none. The four differences share one simultaneous 95 % interval, which guards against lucky hits.

# %%
evaluation = pilot.evaluate(data)
print(evaluation.conclusion("en"))
evaluation

# %% [markdown]
# ## 5. 回答者の構成を母集団に合わせる(レイキング)
#
# 回答者は方面・年齢・性別が母集団とずれています。三つの分布に同時に合うよう重みを付けます。合わせた性質についてのずれは消えますが、それ以外のずれ(例えば、加入している人ほど答えやすい)は残ります。
#
# ### Fit those who answered to the population (raking)
#
# Weights are set so that ward group, age and sex agree with the population. What was not raked, say that the insured answer more readily, stays.

# %%
margins = pilot.spec.analysis("prevalence").arguments["margins"]
raked = ebpm.survey.rake(data.rows_of("prevalence"), margins, weights="weight")
raked.plot(lang="ja");

# %% [markdown]
# ## 6. 加入割合
#
# 「分からない」は「加入していない」ではないので、独立の区分として示します。
#
# ### The share insured
#
# Not knowing is not the same as not being insured: it is a code of its own.

# %%
evaluation["prevalence"].estimates

# %% [markdown]
# ## 7. 何も仮定しない範囲
#
# 「分からない」と答えた人、回答しなかった人を、全員加入・全員未加入の両端に置いた範囲です。上の表の狭い区間は、回答しなかった人が回答した人と同じだという仮定の上にあります。
#
# ### Bounds that assume nothing
#
# Those who do not know, and those who did not answer, are put at both ends. The narrow interval above rests on the assumption that they are like those who answered.

# %%
print(evaluation["bounds"].value.summary("ja"))
evaluation["bounds"].plot(lang="ja");

# %% [markdown]
# ## 8. 啓発文の比較
#
# | 符号 | 啓発文 | | code | leaflet |
# |---|---|---|---|---|
# | loss | 損失の強調 | | loss | loss frame |
# | norm | 周囲の加入状況 | | norm | social norm |
# | duty | 条例上の義務 | | duty | duty under the ordinance |
# | checklist | 加入済み保険の確認表 | | checklist | covers one may already have |
# | control | 送付なし | | control | no leaflet |
#
# どの区間も 0 をまたぐなら「結論が出ない」であり、「効果がない」ではありません。
#
# ### The leaflets compared
#
# An interval that covers zero is inconclusive; it does not mean that there is no effect.

# %%
evaluation.plot(lang="ja");

# %% [markdown]
# 5群の総当たり10組を並べ、Holm の方法で偶然の当たりを抑えます。8月から秋までの加入割合の変化は、条例による義務化を含むので、啓発文の効果とは読めません。群どうしの差だけが比較になります。
#
# All ten pairs, with Holm's control of the family-wise error. The change from August to autumn contains the duty under the ordinance and is no effect of leaflets;
# only differences between arms are a comparison.

# %%
evaluation["all_pairs"].plot(lang="ja");

# %% [markdown]
# 8月の加入状況は、秋の加入状況をよく言い当てます。データを見た後に、それを使う分析を二つ加えました。層に分けて比べると区間は大きく縮み、回帰で調整するとそれほど縮みません。合成データでは8月から秋までに加入をやめる人がおらず、層の中の結果がほとんど動かないためです。どちらも主要な結果を置き換えません。
#
# Cover in August tells much about cover in autumn. Two analyses that use it were added after the data were seen. Comparing within its codes shortens the intervals greatly,
# adjusting by regression much less: in these synthetic data nobody gives up a policy between August and autumn, so that outcomes hardly move within a code. Neither
# replaces the primary result.

# %%
evaluation["given_august"].plot(lang="ja")
evaluation["adjusted_august"].plot(lang="ja");

# %% [markdown]
# ## 9. 本調査の規模
#
# 同時信頼区間の片側の幅は、意味のある最小の差(灰色の帯の片側)の約3倍あります。区間の幅は人数の平方根に反比例するので、幅を半分にするには4倍の人数が要ります。下の数は、二つの群を個人単位のくじで比べ、加入割合 44.6 % からの3ポイントの差を 80 % の確率で見いだすのに要る、一群当たりの人数です。
#
# ### The size of the main trial
#
# Half of an interval is about three times the smallest difference that matters (half of the band). Width falls with the square root of the number of persons: half the width takes four
# times as many. Below: persons in each of two arms, drawn one by one, to find a difference of three points from 44.6 % with a chance of 80 %.

# %%
trial = ebpm.rct.TrialDesign(outcome=ebpm.rct.Proportion(base=0.446))
ebpm.rct.sample_size(trial, 0.03, reference="normal").per_arm

# %% [markdown]
# ## 10. 真の値と照らし合わせる
# ### Held against the truth

# %%
evaluation.truth("ja")

# %% [markdown]
# ## 11. 証拠を矢印に書き戻す
#
# 判定と証拠の強さは、人が付けるのではなく、設計と検査から計算します。回答率が低いことは、証拠の強さを下げます。
#
# ### Write the evidence back onto its link
#
# Verdict and grade are computed from design and checks, and typed by nobody. Low response lowers the grade.

# %%
evaluation.logic_model.draw(lang="ja");

# %% [markdown]
# ## 12. この評価が述べていないこと
# ### What this evaluation does not say

# %%
print(pilot.limits("ja"))
pilot.limits("en")
