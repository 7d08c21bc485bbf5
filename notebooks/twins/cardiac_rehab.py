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
# # 対の実データ: 英国のシートベルト着用義務化
#
# **ここからは合成ではなく、公開されている実データです。** 1969年から1984年までの月別死傷者数を、心臓リハビリテーションのパイロットと同じ分節回帰に通し、別のプログラムで計算した値を再現できるかを確かめます。日本の医療については何も述べません。
#
# ## Real twin: compulsory seat belts in Great Britain
#
# **These are real public data, not synthetic**: monthly casualties from 1969 to 1984, through the same segmented regression as the pilot. They say nothing of
# health care in Japan.

# %%
import ebpm

ebpm.use_language("ja")
pilot = ebpm.read_pilot("../../pilots/cardiac_rehab/twin")
pilot

# %% [markdown]
# ## 1. データ
#
# 義務化は1983年1月31日に、運転者と前席の同乗者だけを対象に始まりました。後席の同乗者は対象外なので、変化がないはずの系列(負の対照)として使えます。
#
# ### The data
#
# The law of 31 January 1983 covered drivers and front seats alone. Rear seats were outside it: a negative control that costs nothing.

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
# ### Held against the known numbers

# %%
evaluation.published("ja")

# %% [markdown]
# ## 4. 運転者、前席、後席
#
# 同じ分析を三つの系列に行います。対象の二つで下がり、対象外の後席で下がらなければ、同じ時期の景気や天候ではなく義務化に結び付けやすくなります。後席の区間は 0 をまたぎます。これは「変化がなかった」ことの証明ではなく、この区間の範囲でしか分からないという意味です。
#
# ### Drivers, front seats, rear seats
#
# The same analysis on three series. A fall in the two that the law covers, and none in rear seats, is hard to ascribe to weather or trade. The interval of the rear
# seats covers zero; it does not prove that nothing changed.

# %%
evaluation["primary"].plot(lang="ja");

# %%
evaluation["front"].plot(lang="ja");

# %%
evaluation["rear"].plot(lang="ja");

# %% [markdown]
# ## 5. 率の比に直して読む
#
# 走行距離当たりの運転者の死傷者数を、義務化がなかった場合との比で表します(感度分析のポアソン回帰)。1 より小さければ、なかった場合より低い率です。
#
# ### Read as ratios
#
# Drivers' casualties per distance driven, over what they would have been without the law (the Poisson regression of the sensitivity analysis).

# %%
evaluation["rate"].value.rate_ratios()

# %% [markdown]
# ## 6. 義務化がなければどうなっていたか(別の種類のモデル)
#
# データを見た後に加えた分析です。義務化の前だけから、走行距離とガソリン価格を使って 23 か月を予測し、実際との差を見ます。上から、実際と予測、月ごとの差、差の累計です。
#
# ### What would have been without the law: another kind of model
#
# Added after the data were seen. The months before the law alone, with distance and petrol price, forecast the 23 months after it: outcome and forecast, the difference
# by month, and its running total.

# %%
evaluation["structural"].plot(lang="ja");

# %%
evaluation["structural"].value.impact().estimates

# %% [markdown]
# ## 7. 義務化のなかった時点で試す
#
# 義務化前の 20 の時点を順に開始とみなします(データを見た後に加えました)。1973 年の秋に大きな変化が見つかります。石油危機の時期です。つまり、この系列は法律がなくても動くことがあり、単独の系列だけで因果を語るには慎重さが要ります。
# 陰性対照の検査でも、後席の死傷者は義務化の後に平均して増えていました。
#
# ### At dates without a law
#
# Twenty dates before the law, each taken for the start (added after the data were seen). Autumn 1973, the oil crisis, stands out: this series can move without a law, and a
# single series calls for care. The check of the negative control adds that casualties in rear seats rose on average after the law.

# %%
evaluation["placebo_dates"].plot(lang="ja");

# %% [markdown]
# ## 8. 二つ目: 禁煙と体重(患者コホートの手順)
#
# 患者コホートに使った逆確率重み付け・二重頑健推定・g 計算を、公開データ(NHEFS)で確かめます。禁煙した人としなかった人は年齢や喫煙量が異なるため、そのままの差(2.5 kg)は効果を小さく見せます。
#
# ### Second twin: giving up smoking and body weight
#
# Inverse probability weighting, doubly robust estimation and g-computation on public data (NHEFS). Those who gave up differ in age and in how much they smoked,
# so that the plain difference (2.5 kg) understates the effect.

# %%
smoking = ebpm.read_pilot("../../pilots/cardiac_rehab/twin_smoking").evaluate()
print(smoking.conclusion("ja"), smoking.conclusion("en"), sep="\n\n")
smoking.published("ja")

# %% [markdown]
# 重み付けの前に離れていた共変量が、後では揃っています。揃ったことが確かめられるのは、測った共変量だけです。
#
# Covariates that differed before weighting are alike after it. That can be seen only of those that were measured.

# %%
smoking.plot(lang="ja");

# %% [markdown]
# ## 9. この照合が述べていないこと
# ### What this comparison does not say

# %%
print(*(one.limits(lang) for lang in ("ja", "en") for one in (pilot, smoking.pilot)), sep="\n\n")
