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
# # 心臓リハビリテーションの強化 ― 再入院は減ったか
#
# **データは合成データです。** `pilots/cardiac_rehab/simulate.py` が宣言したモデルから作ったもので、実在の病院や患者の記録ではありません。結果は実際の医療について何も示しません。真の値を知っているので、方法が正しく働くかを確かめられます。
#
# ## Stronger cardiac rehabilitation: were there fewer readmissions?
#
# **The data are synthetic**, drawn by `simulate.py` from a declared model; no record of any hospital or patient. They say nothing about real care.
# The truth is known, so the method can be checked.

# %%
import ebpm

ebpm.use_language("ja")
pilot = ebpm.read_pilot("../../pilots/cardiac_rehab")
pilot

# %% [markdown]
# ## 1. 問いはロジックモデルのどの矢印か
#
# 評価するのは「心臓リハビリテーションへの参加」から「再入院」への矢印一本です。
#
# ### Which link of the logic model is the question about?
#
# One arrow: from participation in cardiac rehabilitation to readmission.

# %%
pilot.logic_model.draw(lang="ja");

# %% [markdown]
# ## 2. データと、読み込みで直したこと
#
# 病院×月の退院患者数と再入院数です。和暦、全角数字、欠測の「－」は読み込むときに直し、件数を示します。
#
# ### The data, and what was repaired
#
# Discharges and readmissions by hospital and month. Japanese years, full-width digits and dashes are repaired on reading, and counted.

# %%
data = pilot.read_data()
data

# %% [markdown]
# ## 3. 計画どおりに評価する
#
# 主要な分析は、比較群のある分節回帰です。強化した14病院の再入院率の動きを、同じ月の他の14病院の動きと比べます。強化がなかった場合の姿(反実仮想)を比較群から描くので、全病院に同じように及ぶ出来事は差し引かれます。
#
# ### Evaluate by the plan
#
# The primary analysis is a segmented regression with a comparison series: the fourteen strengthened hospitals against the fourteen others in the same months.
# What happens to all hospitals alike is taken out by the comparison.

# %%
evaluation = pilot.evaluate(data)
evaluation

# %%
evaluation.conclusion("en")

# %% [markdown]
# ## 4. 再入院率の動きと、強化がなかった場合の線
#
# 破線は、強化がなければ対象病院がたどったはずの再入院率です。縦の点線は、同じ時期に起きた別の出来事(コーディング方法の変更、新型コロナウイルス感染症)です。どちらも両群に及んだとみなしますが、その及び方が群によって違えば推定値は偏ります。
#
# ### The rates, and what they would have been
#
# The dashed line is the counterfactual. Dotted lines mark other events, taken to move both groups by the same factor; if they did not, the estimate is biased.

# %%
evaluation.plot(lang="ja");

# %% [markdown]
# ## 5. 率の比に直して読む
#
# 対数の差は読みにくいので、再入院率の比で表します。1 より小さければ、強化がなかった場合より低い率です。
#
# ### Read as ratios of rates
#
# Below one: lower than it would have been without strengthening.

# %%
evaluation.primary.value.rate_ratios()

# %% [markdown]
# ## 6. 主要な分析と感度分析を並べて見る
#
# 月の間の系列相関を認めない標準誤差、感染拡大前までに限った場合、比較群を置かない場合、速報値を除かない場合を並べます。比較群を置かない前後比較は、同じ時期の別の出来事を効果と取り違えることがあります。
#
# ### The primary analysis beside its sensitivity analyses
#
# Errors without serial correlation, data until the pandemic, no comparison, provisional figures left in. Without a comparison,
# another event in the same months can pass for an effect.

# %%
evaluation.forest().plot(lang="ja", margin=evaluation.primary.analysis.margin.value);

# %% [markdown]
# ## 7. 何も起きていない時点で試す
#
# 開始前の月を順に「開始月」とみなして同じ分析を行います。変化がないはずの時点でしばしば 0 を離れるなら、方法を疑います。
#
# ### At dates at which nothing was done
#
# Each month before the start is taken for the start in turn. If the line often left zero there, the method would be in doubt.

# %%
ebpm.its.placebo_dates(
    data.rows_of("primary"), "readmissions_180d", time="month", intervention="2019-10", exposure="discharges",
    comparison="enhanced", season=2, family="poisson", errors="newey_west_satterthwaite",
).plot(lang="ja");

# %% [markdown]
# ## 8. 途中の段階は動いたか
#
# 再入院の前に、参加率が動いていなければ話がつながりません。強化した病院の参加率の変化から、他の病院の変化を差し引きます。
#
# ### Did the step in between move?
#
# Readmission can only follow if participation moved: its change in strengthened hospitals, less that in the others.

# %%
evaluation["participation"].estimates

# %% [markdown]
# ## 9. 速報値は低く出る
#
# 報告の遅れる病院では、最後の数か月の再入院数が低く見えます。計画では確報だけを使い、速報を含めた分析を横に置きました。
#
# ### Provisional figures are too low
#
# Where a hospital reports late, the last months look better than they are. The plan uses final figures and shows the others beside them.

# %% [markdown]
# ## 10. 患者コホート: 退院後 90 日の時点から比べる
#
# **この節の分析は、データを見た後に加えました。** 患者の記録(これも合成データ)から、「90 日以内に外来リハビリを始める」方針の試験を模倣します。90 日目に再入院せず追跡中の人だけを、その日までの開始の有無で分け、年齢・重症度・併存疾患・性別・主病名で重み付けます。
#
# ### A cohort of patients, compared from day 90 on
#
# **Added after the data were seen.** Records of patients (synthetic too) emulate a trial of beginning rehabilitation within 90 days of discharge: those still
# followed on day 90, by what they have begun by then, weighted by covariates.

# %%
evaluation["landmark_90"].value.person_time.plot(lang="ja");

# %% [markdown]
# 二つ目の図は素朴な比較です。一度でも始めた人を退院の日から「処置群」に数えると、始める前に再入院した人はすべて未処置に回ります。始めるまで再入院できない時間(不死時間)が処置の手柄になり、真の値の倍以上の差が出ます(C401)。真の値との照合は次の節にあります。
#
# The second figure is the naive comparison: who ever began is counted as treated from discharge on, and who was readmitted before could not begin. Immortal time
# passes for an effect more than twice the true one (C401). The truth stands in the next section.

# %%
evaluation["landmark_90"].plot(lang="ja").set_ylim(0, 0.4)
evaluation["naive"].plot(lang="ja").set_ylim(0, 0.4);

# %% [markdown]
# ## 11. 真の値と照らし合わせる
#
# 合成データなので答え合わせができます。95 % 信頼区間は、20 回に 1 回ほど真の値を外します。
#
# ### Held against the truth
#
# The data are synthetic, so the answers can be marked. A 95 % interval misses the truth about once in twenty times.

# %%
evaluation.truth("ja")

# %% [markdown]
# ## 12. 証拠を矢印に書き戻す
#
# 判定と証拠の強さは、人が付けるのではなく、設計と検査から計算します。合成データによる結果なので、図にもその旨を記します。
#
# ### Write the evidence back onto its link
#
# Verdict and grade are computed from design and checks, and typed by nobody. The data are synthetic, and the evidence says so.

# %%
evaluation.logic_model.draw(lang="ja");

# %% [markdown]
# ## 13. この評価が述べていないこと
# ### What this evaluation does not say

# %%
print(pilot.limits("ja"), pilot.limits("en"), sep="\n\n")
