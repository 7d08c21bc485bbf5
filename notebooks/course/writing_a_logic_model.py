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
# # ロジックモデルを書く ― 白紙から指摘のない状態まで二十分
#
# **架空の例です。** 「図書館の夜間開館」は、この教材のために作った事業で、どの市の計画でもありません。文中の「探したが無かった」などの記述も例文です。
#
# 必要なのは、事業を知っている人一人と二十分だけです。順番は、白紙に言葉を入れる(5 分)、誤りを消す(5 分)、警告を消す(7 分)、図を見て声に出して読む(3 分)。
# コマンドで行うときは `ebpm new model evening_library` がひな型のファイルを作り、書き換えるたびに `ebpm lint` で検査します。ここでは同じことをファイルを残さずに行います。
#
# ## Writing a logic model: from a blank page to a clean check in twenty minutes
#
# **A made-up example**: the evening opening of a library belongs to no city's plan, and what it says was searched for is example text.
#
# It takes one person who knows the programme, and twenty minutes: words onto the blank page (5), errors (5), warnings (7), look at the drawing and read it aloud (3).
# At the command line, `ebpm new model evening_library` writes the file and `ebpm lint` checks it after each change; here the same is done without leaving a file.

# %% [markdown]
# ## 1. 白紙(0 分)
#
# `ebpm new model` が書くひな型です。「(…)」がまだ書いていないところで、`#` で始まる行は説明か、後で使う書き方の見本です。
#
# ### The blank page (minute 0)
#
# This is what `ebpm new model` writes. What stands in (…) is still to be written; lines that begin with `#` explain, or show the form of what comes later.

# %%
import ebpm

ebpm.use_language("ja")
DAY = "2026-11-23"
model = ebpm.logic.blank("evening_library", fiscal_year=2026)
print(model.to_yaml())

# %% [markdown]
# ## 2. 最初の検査
#
# 既定の読み方 `yokohama-jigyo`(事業の点検)で検査します。誤りと警告だけを見ます。指摘は叱責ではなく、次に決めることの一覧です。情報(英語が無い、など)は最後で構いません。期日を判定する日は、いつ実行しても同じ結果になるよう固定しています。
#
# ### The first check
#
# The default profile, `yokohama-jigyo`, reads the model as a programme of the city. Look at errors and warnings only; they list what to decide next. The infos (no English yet) can wait.
# The day on which dates are judged is fixed, so that this page is the same whenever it is run.

# %%
ebpm.logic.lint(model, on=DAY).of("error", "warning")

# %% [markdown]
# ## 3. 言葉を入れる(5 分まで)
#
# 普段の言葉で、空いているところを埋めます。書くのは変わる行だけで、ほかの行とその説明はそのまま残ります。検査は「(…)」が残っていても何も言わないので、ここは自分の目で確かめてください。
#
# すると、新しい指摘 LM008 が出ます。「夜間開館の実施回数」は、図書館がしたことの量であって、誰かに起きた変化ではないからです。
#
# ### Put the words in (to minute 5)
#
# Fill the gaps in everyday words. Only changed lines are written; all other lines stay, with their comments. The check says nothing of a (…) that is left, so look for those yourself.
#
# A new notice comes up, LM008: "number of evening openings held" is what the library did; nobody has changed by it.

# %%
model = model.revised("""
model:
  title: {ja: 図書館の夜間開館(架空の例)}
  owner: {bureau: {ja: 架空市 教育委員会}}
  problem: {ja: 平日の昼に働く人は、開いている時間に図書館へ来られない}
  goal: {ja: 働く人が、仕事の後に図書館で学べている}
  target_population: {ja: 平日の昼に働く市民}
nodes:
  - {id: i_budget, text: {ja: 夜間の職員の人件費と光熱費}}
  - {id: a_work, text: {ja: 週に二日、21 時まで開ける}, actor: {ja: 中央図書館}}
  - {id: o_reached, text: {ja: 夜間に来館した人}, beneficiary: {ja: 平日の昼に働く市民}}
  - {id: oc_first, text: {ja: 夜間開館の実施回数}}
  - {id: oc_next, text: {ja: 仕事に役立つ知識や資格が身に付く}}
  - {id: im_city, text: {ja: 何歳からでも学び直せるまち}}
""")
ebpm.logic.lint(model, on=DAY).of("error", "warning")

# %% [markdown]
# ## 4. LM008 成果の欄に、したことが書いてある(6 分)
#
# - **指摘**: 成果とされているが「実施」は行ったことの量を表す語です。
# - **理由**: 回数は決めれば増やせます。回数が増えても、誰の何も変わっていないことがあります。
# - **最も手軽な一手**: 「その結果、誰の何が変わったか」と言い換える。一行です。
#
# ### LM008: what was done stands as an outcome (minute 6)
#
# A count of sessions can be raised by decision while nobody is better off. The cheapest step: say in one line who is different because of it, and how.

# %%
model = model.revised("""
nodes:
  - {id: oc_first, text: {ja: 働く人が図書館の本や席を学びに使う}}
""")
ebpm.logic.lint(model, on=DAY).of("error", "warning")

# %% [markdown]
# ## 5. LM010 測られない成果(6～9 分)
#
# 残った誤りは LM010 だけです。コードの意味は、いつでも `ebpm explain LM010` で読めます。
#
# ### LM010: an outcome that nothing measures (minutes 6 to 9)
#
# Only LM010 is left among the errors. `ebpm explain LM010` says at any time what a code means, why it matters and where it comes from.

# %%
print(ebpm.explain("LM010", "ja"))

# %% [markdown]
# - **最も手軽な一手**: 新しい調査を始めるのではなく、**すでに手元にある記録**を一つ選びます。貸出の記録は時刻を持っています。
# - もう一つの成果(知識や資格)は、図書館の記録では測れません。測れないものは、測れない理由を `unmeasured` に書けば足ります。無理な指標は、無いより悪いことがあります。
#
# 誤りは無くなり、代わりに LM014 と LM015 が出ます。指標を置いたので、「どこから、どこまで」を聞かれるのです。新しい指摘は、前に進んだ印でもあります。
#
# Do not begin a survey: choose one record that is **kept already**; loans carry their time. The other outcome cannot be seen in the library's records, so say why in `unmeasured`; a forced indicator can be worse than none.
# No error is left. LM014 and LM015 are new: now that there is an indicator, they ask from where and to where. New notices can be progress.

# %%
model = model.revised("""
indicators:
  - id: in_loans
    node: oc_first
    name: {ja: 18 時以降に本を借りた人の数}
    kind: outcome
    unit: {ja: 人}
    direction: up
    source: {ja: 貸出の記録(統計用の集計)}
    frequency: {ja: 月 1 回}
    owner: {ja: 中央図書館}
nodes:
  - {id: oc_next, unmeasured: {ja: 利用者の資格や成績を図書館は記録しない。始めて一年後に、任意の調査ができるかを検討する}}
""")
ebpm.logic.lint(model, on=DAY).of("error", "warning")

# %% [markdown]
# ## 6. LM014・LM015 基準値と目標値が無い(10 分)
#
# - **指摘**: 基準値も目標値もなく、理由も書かれていません。
# - **理由**: 始まりの値が無ければ、増えたとも減ったとも言えません。
# - **最も手軽な一手**: 値があれば値を書く。無ければ**作らずに**、無い理由を書く。「未定」は、理由と一緒なら立派な答えです。
#
# ### LM014, LM015: no baseline, no target (minute 10)
#
# Without a value to start from, nobody can say that it rose. Write the value if there is one; if not, **invent none** and write why. "Not known yet" with its reason is a proper answer.

# %%
model = model.revised("""
indicators:
  - id: in_loans
    no_baseline: {ja: 今は 18 時に閉まるので、開け始めた月の値から数える}
    no_target: {ja: 最初の三か月の値を見てから定める}
""")
ebpm.logic.lint(model, on=DAY).of("error", "warning")

# %% [markdown]
# ## 7. LM025 要のつながりの前提(12 分)
#
# - **指摘**: 要のつながり(来館した人 → 学びに使う)に前提条件がありません。
# - **理由**: うまくいかなかったとき、考え方が違ったのか、条件が欠けたのかを後から見分けるためです。
# - **最も手軽な一手**: 「これが成り立たないと、つながらない」を一つだけ書き、確かめ方を添える。
#
# ### LM025: what the key link rests on (minute 12)
#
# When it fails, was the idea wrong or was a condition missing? Write the one condition without which the link would not hold, and how to check it.

# %%
model = model.revised("""
assumptions:
  - id: as_desk
    text: {ja: 仕事の後の時間に、学べる席が空いている}
    how_to_check: {ja: 月に一度、19 時に空席を数える}
edges:
  - {from: o_reached, to: oc_first, assumptions: [as_desk]}
""")
ebpm.logic.lint(model, on=DAY).of("error", "warning")

# %% [markdown]
# ## 8. LM026 証拠があるか、無いと書いてあるか(14 分)
#
# - **指摘**: 要のつながりに証拠がなく、無いとも書かれていません。
# - **理由**: 「証拠が無い」と「探していない」は違います。前者は評価を始める理由になります。
# - **最も手軽な一手**: 十分間だけ探し、**探した場所、日付、言葉**を書く。見つかったら `evidence` に登録します。
#
# ### LM026: evidence, or the word that there is none (minute 14)
#
# "None is known" is a reason to evaluate; "nobody looked" is not. Look for ten minutes, and write **where, when and by which words** you looked. What is found goes under `evidence`.

# %%
model = model.revised("""
edges:
  - from: o_reached
    to: oc_first
    no_evidence: {ja: (例文)2026 年 10 月に論文検索で「図書館 開館時間 効果」を調べ、比較のある研究は見つからなかった}
""")
ebpm.logic.lint(model, on=DAY).of("error", "warning")

# %% [markdown]
# ## 9. LM030・LM006 外の力、悪影響、飛躍(17 分)
#
# - **LM030**: 外部要因と悪影響が一つも無い。事業のほかにも成果を動かすものがあり、どの事業にも損をしうる人がいます。一つずつ書きます。
# - **LM006**: 「知識が身に付く」から「学び直せるまち」への飛躍に理由が無い。間の箱を足すか、理由を一文書きます。ここでは一文です。
#
# これで誤りと警告は無くなり、残るコードは情報だけになります。
#
# ### LM030, LM006: other causes, harms, and a leap (minute 17)
#
# Something else always moves the outcome, and somebody can always lose: write one of each. For the leap from what people learn to the city that is hoped for, add the step in between or, as here, a sentence of rationale.
# No error and no warning is left; the codes that remain are infos.

# %%
model = model.revised("""
externals:
  - {id: ex_remote, text: {ja: 在宅勤務の広がり}, affects: [oc_first], direction: unclear}
harms:
  - {id: ha_staff, text: {ja: 夜間の勤務が職員の負担になる}, who: {ja: 図書館の職員}}
edges:
  - {from: oc_next, to: im_city, rationale: {ja: 学びが仕事や暮らしに表れる人が増えれば、学び直しを始める人も増えると考える}}
""")
ebpm.logic.lint(model, on=DAY).codes

# %% [markdown]
# ## 10. LM036 予算と見直しの期日(18 分)
#
# 情報も片付けます。額が未定なら `amount_jpy` を書かず、いつ決まるかを `note` に書きます。見直しの期日は、忘れないための約束です。
# 残るのは LM035(英語の文が無い)だけです。
#
# ### LM036: budget and date of review (minute 18)
#
# Now the infos. Leave an unknown amount out and say in `note` when it will be known. A date of review is a promise not to forget. Only LM035 (no English) remains.

# %%
model = model.revised("""
model:
  budget: [{fy: 2026, note: {ja: 未定(12 月の予算要求で決まる)}}]
  review_by: "2028-03"
""")
ebpm.logic.lint(model, on=DAY)

# %% [markdown]
# ## 11. LM035 英語の文(急がない)
#
# 日本語だけの版でも、誤りも警告もありません。英語版が要るときに、同じ id の下へ `en` を足します。訳す人が事業の担当でなくても構いません。
#
# ### LM035: the English texts (no hurry)
#
# The Japanese alone has neither errors nor warnings. Where an English edition is wanted, `en` goes under the same ids; the translator need not know the programme.

# %%
model = model.revised("""
model:
  title: {en: Evening opening of the library (made-up example)}
  owner: {bureau: {en: "Board of education, a made-up city"}}
  problem: {en: People who work on weekdays cannot come while the library is open}
  goal: {en: People who work can study at the library after work}
  target_population: {en: Residents who work in the daytime on weekdays}
  budget: [{fy: 2026, note: {ja: 未定(12 月の予算要求で決まる), en: not settled; decided in December}}]
nodes:
  - {id: i_budget, text: {en: pay of evening staff and electricity}}
  - {id: a_work, text: {en: stay open until nine on two days a week}, actor: {en: Central Library}}
  - {id: o_reached, text: {en: people who come in the evening}, beneficiary: {en: residents who work on weekdays}}
  - id: oc_first
    text: {en: people who work use books and desks to study}
  - id: oc_next
    text: {en: knowledge and qualifications of use at work}
    unmeasured: {en: the library keeps no such record; after a year see whether a voluntary survey can be held}
  - {id: im_city, text: {en: a city where one can study again at any age}}
edges:
  - from: o_reached
    to: oc_first
    no_evidence: {en: "(example text) a search of the literature in October 2026 found no study with a comparison"}
  - from: oc_next
    to: im_city
    rationale: {en: "where more people show what study did for them, more are thought to begin"}
assumptions:
  - {id: as_desk, text: {en: a desk is free after work}, how_to_check: {en: count free desks at seven once a month}}
externals:
  - {id: ex_remote, text: {en: spread of work from home}}
harms:
  - {id: ha_staff, text: {en: evening shifts wear the staff}, who: {en: staff of the library}}
indicators:
  - id: in_loans
    name: {en: people who borrow after six}
    unit: {en: people}
    source: {en: loan records (aggregated)}
    frequency: {en: monthly}
    owner: {en: Central Library}
    no_baseline: {en: the library closes at six today; counted from the first month}
    no_target: {en: set once the first three months are known}
""")

# %% [markdown]
# ## 12. 図にして、声に出して読む(20 分)
#
# 左から右へ「これがあるから、これが起こる」と読みます。つかえたところが、次に話し合うところです。要の矢印が破線なのは、まだ証拠が無いからです。
#
# ### Draw it, and read it aloud (minute 20)
#
# Read from left to right: because of this, that happens. Where you stumble is what to talk about next. Arrows are dashed because there is no evidence yet.

# %%
model.draw(lang="ja", indicators=True);

# %% [markdown]
# ## 13. 最後の検査
#
# 既定の読み方 `yokohama-jigyo` で、指摘は 0 件です。誤りも、警告も、情報もありません。
#
# ### The last check
#
# Under `yokohama-jigyo` there are 0 notices: no error, no warning, no info.

# %%
len(ebpm.logic.lint(model, profile="yokohama-jigyo", on=DAY))

# %% [markdown]
# ## 14. 検査が知りえないこと
#
# 同じモデルの要の成果を、誰も信じない文に書き換えてみます。指摘は 0 件のままです。**検査は形を読むだけで、本当かどうかを知りません。**
#
# ### What the check cannot know
#
# Put a claim that nobody would believe in the place of the first outcome. Still 0 notices: **the check reads the form, and does not know the truth.**

# %%
wrong = model.revised("""
nodes:
  - {id: oc_first, text: {ja: 夜に開けると、昼の電車が空く, en: "as the library opens at night, daytime trains are less full"}}
""")
len(ebpm.logic.lint(wrong, on=DAY))

# %% [markdown]
# 人が確かめること:
#
# - **本当につながるか。** 指摘が無いことは、効果があることの証拠ではありません。それを調べるのが評価です。
# - **指標が成果を写すか。** 夜に借りた人が増えても、土曜に来ていた人が夜に移っただけかもしれません。
# - **大事なものが抜けていないか。** 書かれていない成果、書かれていない悪影響、声の届かない人を、検査は数えられません。
# - **書いたことが正直か。** 「探したが無かった」も「職員の負担」も、検査は文があることしか見ていません。
# - **言葉が残っていないか。** 「(…)」のままの文は、検査を通ります。
#
# 最後に、この事業を使う人と、現場の職員に一度読んでもらってください。二十分で書けるのは、話し合いの出発点です。
#
# People must judge: whether the link is **true** (no notice is no evidence; an evaluation looks into it); whether the indicator **shows** the outcome (those who borrow at night may be those who came on Saturdays);
# what is **missing** (an outcome, a harm, somebody whose voice is not heard); whether the words are **honest** (the check sees that a sentence is there, and no more); and whether a **(…)** is left, for it passes.
#
# Last, let somebody who would use the library in the evening, and somebody of its staff, read it. Twenty minutes make a start for talking.
