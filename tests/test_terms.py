"""Chinese and Japanese as the field writes them, and no sentence left in another.

A translation that nobody of the field has read shows in its terms: a gradient
becomes the one between colours, a weight what a scale shows. Every text that a
reader of zh or ja meets is searched for such words, for sentences of another
language, and for characters that the language does not write. And every message
carries the values of the English one.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from authoring.prose import read_prose
from paramlab.exercises import LESSONS
from paramlab.messages import LOCALES

REPOSITORY = Path(__file__).parent.parent


class Wrong(NamedTuple):
    """A word that betrays a translation."""

    pattern: str
    right: str  # what the field says
    why: str  # what the wrong word means, or why one of two is enough
    example: str


WRONG = {
    "ja": [
        # --- the terms of the chapter
        Wrong(
            "グラデーション|グラジエント",
            "勾配",
            "a gradient between colours",
            "損失のグラデーションを計算します。",
        ),
        Wrong(
            "傾斜|梯度",
            "勾配",
            "a slope in the landscape, or Chinese",
            "重みの傾斜をクリアします。",
        ),
        Wrong(
            "非表示の?(レイヤー?|層)",
            "隠れ層",
            "a layer that was switched off",
            "非表示層が1つあります。",
        ),
        Wrong(
            "隠し(レイヤー?|層)|隠された層|隠蔽層",
            "隠れ層",
            "hidden in a drawer",
            "隠し層のユニットです。",
        ),
        Wrong(
            "レイヤー?", "層", "a drawing program's layer", "最後のレイヤーの重みです。"
        ),
        Wrong(
            "体重|重量|目方", "重み", "what a scale shows", "体重の形状は (1, 8) です。"
        ),
        Wrong(
            "ウェイト|ウエイト|重さ",
            "重み",
            "a dumb-bell, or how heavy it is",
            "重さを 0 にします。",
        ),
        Wrong("偏見|先入観", "バイアス", "a prejudice", "重みと偏見を表示します。"),
        Wrong(
            "パラメーター|母数|参数",
            "パラメータ",
            "another spelling, statistics, Chinese",
            "共有パラメーターの数です。",
        ),
        Wrong(
            "全接続|完全に?接続|フル接続",
            "全結合層",
            "word for word",
            "完全接続の層です。",
        ),
        Wrong(
            "密な層|密層|密集層|高密度層|稠密層",
            "全結合層",
            "a crowd: 'dense'",
            "密な層を2つ重ねます。",
        ),
        Wrong(
            "初期設定", "初期化", "what a device comes with", "重みを初期設定します。"
        ),
        Wrong(
            "延期|怠惰|延後|なまけ",
            "遅延初期化",
            "put off, or lazy as people are",
            "怠惰な初期化を使います。",
        ),
        Wrong(
            "ネクタイ|引き分け|タイイング",
            "パラメータ共有",
            "other ties",
            "層のタイイングを確かめます。",
        ),
        Wrong(
            "縛[るりら]|拘束|バインディング",
            "パラメータ共有",
            "bound with rope",
            "パラメータのバインディングです。",
        ),
        Wrong("漏れ", "Leaky ReLU", "a dripping tap", "漏れのある ReLU です。"),
        # --- networks and training
        Wrong(
            "(起動|作動|発動)(関数|機能)",
            "活性化関数",
            "what starts an engine",
            "起動関数は ReLU です。",
        ),
        Wrong(
            "活性化機能|アクティベーション",
            "活性化関数",
            "a product's function",
            "活性化機能がありません。",
        ),
        Wrong("脱落|中退", "ドロップアウト", "leaving a school", "脱落層を加えます。"),
        Wrong("喪失|紛失|敗北", "損失", "other losses", "喪失が下がります。"),
        Wrong(
            "学習(速度|レート|比率)|習得率",
            "学習率",
            "word for word",
            "学習レートを1にします。",
        ),
        Wrong(
            "列車|電車|トレーニング|研修",
            "訓練",
            "on rails, in a gym, at work",
            "ネットワークを列車します。",
        ),
        Wrong(
            "(後方|後ろ向き|逆方向)(パス|伝播)|バックワード",
            "逆伝播",
            "word for word",
            "後方パスを実行します。",
        ),
        Wrong(
            "(前方|前向き|順方向)(パス|伝播)|フォワード",
            "順伝播",
            "word for word",
            "前方パスの出力です。",
        ),
        Wrong(
            "伝搬|反向传播",
            "伝播",
            "what waves do, or Chinese",
            "逆伝搬を1回行います。",
        ),
        Wrong(
            "オプティマイザー|最適化者|最適化プログラム",
            "オプティマイザ",
            "another spelling, or a person",
            "最適化者に渡します。",
        ),
        Wrong(
            "コンボリューション|回旋|渦巻き|卷積",
            "畳み込み",
            "a whirl",
            "回旋の層です。",
        ),
        Wrong(
            "機能マップ|特色図",
            "特徴マップ",
            "a product's feature",
            "機能マップを見ます。",
        ),
        Wrong(
            "テンサー|緊張器|張量",
            "テンソル",
            "a muscle, or Chinese",
            "緊張器の形状です。",
        ),
        Wrong("時代|紀元", "エポック", "an age of the earth", "10時代訓練します。"),
        Wrong(
            "冷凍|凍った|フリーズ",
            "凍結",
            "a freezer, or a computer that hangs",
            "冷凍された層です。",
        ),
        # --- statistics
        Wrong(
            "(正常|通常|普通)分布",
            "正規分布",
            "'normal' as in ordinary",
            "正常分布から生成します。",
        ),
        Wrong(
            "制服|均[一等]分布",
            "一様分布",
            "clothing, or evenly spread",
            "均一分布から生成します。",
        ),
        Wrong(
            "標準(逸脱|差)",
            "標準偏差",
            "word for word, or Chinese",
            "標準逸脱は 0.01 です。",
        ),
        Wrong("騒音|雑音", "ノイズ", "what neighbours make", "騒音を加えます。"),
        Wrong("種子|乱数種", "シード", "what one sows", "乱数の種子を決めます。"),
        # --- programs and notebooks
        Wrong(
            "議論|口論|引き数|アーギュメント",
            "引数",
            "a quarrel: 'argument'",
            "議論を2つ取ります。",
        ),
        Wrong(
            "返り値|返却値|リターン値",
            "戻り値",
            "one word for one thing",
            "関数の返り値です。",
        ),
        Wrong("体操|運動|練習", "演習", "exercise of the body", "次の運動を解きます。"),
        Wrong(
            "格付け|等級付け|グレーディング",
            "採点",
            "goods are graded so",
            "解答を格付けします。",
        ),
        Wrong("細胞|独房|携帯電話", "セル", "other cells", "細胞を実行します。"),
        Wrong(
            "ノートパソコン|手帳|帳面",
            "ノートブック",
            "other notebooks",
            "手帳を開きます。",
        ),
        Wrong("辞典|字典", "辞書", "a printed one, or Chinese", "辞典を返します。"),
        Wrong(
            "放送", "ブロードキャスト", "what a station does", "形状が放送されます。"
        ),
        Wrong(
            r"\*\*(予測|予言|推測)\*\*",
            "**予想**",
            "one word for one thing",
            "**予測**：形状は何でしょうか。",
        ),
        Wrong("服従|屈服|投稿", "提出", "other submissions", "解答を投稿します。"),
        Wrong(
            "切り株|刈り株",
            "(another sentence)",
            "a felled tree's stub",
            "切り株を置き換えます。",
        ),
    ],
    "zh": [
        # --- the terms of the chapter
        Wrong(
            "坡度|渐变|倾斜度|勾配",
            "梯度",
            "of a road, between colours, Japanese",
            "计算损失的渐变。",
        ),
        Wrong("图层", "层", "a drawing program's layer", "最后一个图层的参数。"),
        Wrong(
            "隐藏的?图层|隐[蔽形匿]层|隐藏式层",
            "隐藏层",
            "word for word",
            "有一个隐形层。",
        ),
        Wrong(
            "重量|体重|砝码|重み", "权重", "what a scale shows", "重量的形状是 (1, 8)。"
        ),
        Wrong("权值", "权重", "one word for one thing", "把权值设为 0。"),
        Wrong("偏见|成见|偏袒", "偏置", "a prejudice", "权重和偏见。"),
        Wrong("偏差项|偏移量|偏压", "偏置", "other offsets", "偏差项从 0 开始。"),
        Wrong(
            "参量|自变数|引数",
            "参数",
            "another word of physics, or Japanese",
            "网络的参量。",
        ),
        Wrong(
            "(密集|稠密|致密|浓密|密度)(连接)?层",
            "全连接层",
            "a crowd: 'dense'",
            "两个密集层。",
        ),
        Wrong(
            "(完全|全部|充分)连接|全联接", "全连接层", "word for word", "完全连接的层。"
        ),
        Wrong(
            "懒惰|惰性|懒初始化", "延后初始化", "lazy as people are", "这叫懒惰初始化。"
        ),
        Wrong(
            "(推迟|延迟|延期|递延)的?初始化",
            "延后初始化",
            "one word for one thing",
            "这叫延迟初始化。",
        ),
        Wrong(
            "初始设置|起始化|初期化",
            "初始化",
            "a device's settings, or Japanese",
            "对权重做初始设置。",
        ),
        Wrong("领带|平局|系泊|打结", "参数绑定", "other ties", "打结的层。"),
        Wrong("捆绑|捆扎|束缚", "参数绑定", "with rope", "捆绑两个层的参数。"),
        Wrong("渗漏|漏水", "Leaky ReLU", "a dripping tap", "渗漏的 ReLU。"),
        # --- networks and training
        Wrong(
            "(激活|活化|启动)功能|启动函数|激励函数",
            "激活函数",
            "a product's function",
            "激活功能是 ReLU。",
        ),
        Wrong("辍学|退学|脱落", "暂退法", "leaving a school", "加一个辍学层。"),
        Wrong("亏损|遗失|丢失函数|损耗函数", "损失", "other losses", "亏损下降了。"),
        Wrong(
            "学习(速率|速度|比率)",
            "学习率",
            "one word for one thing",
            "学习速度设为 1。",
        ),
        Wrong("火车|列车|培训", "训练", "on rails, at work", "培训一个网络。"),
        Wrong(
            "(向后|后向|朝后)(传递|传播)|反向(传递|通过)",
            "反向传播",
            "word for word",
            "运行向后传递。",
        ),
        Wrong(
            "(向前|朝前)(传递|传播)|前向(传递|通过)|正向传播",
            "前向传播",
            "word for word",
            "运行向前传递。",
        ),
        Wrong(
            "优化(程序|者)|最佳化", "优化器", "a person, or of Taiwan", "交给优化程序。"
        ),
        Wrong("卷曲|回旋|盘旋|畳み込み", "卷积", "a whirl", "回旋层。"),
        Wrong("功能图|特色图", "特征图", "a product's feature", "观察功能图。"),
        Wrong("张紧|张力器", "张量", "a muscle", "返回一个张力器。"),
        Wrong("时代|纪元", "轮", "an age of the earth: 'epoch'", "训练 10 个时代。"),
        Wrong("冷冻|冰冻|结冰", "冻结", "a freezer", "冷冻这一层。"),
        # --- statistics
        Wrong(
            "(正常|普通|通常|正规)分布",
            "正态分布",
            "'normal' as in ordinary",
            "从正常分布中抽取。",
        ),
        Wrong(
            "制服|(统一|一致|一样)分布",
            "均匀分布",
            "clothing, or made one",
            "从统一分布中抽取。",
        ),
        Wrong(
            "标准(偏差|偏离|误差|离差)",
            "标准差",
            "one word for one thing",
            "标准偏差是 0.01。",
        ),
        Wrong("噪音", "噪声", "what neighbours make", "加上噪音。"),
        # --- programs and notebooks
        Wrong(
            "争论|论据|论点|辩论", "参数", "a quarrel: 'argument'", "函数有两个论点。"
        ),
        Wrong("返还值|回传值|戻り値", "返回值", "word for word", "函数的回传值。"),
        Wrong(
            "锻炼|体操|演习|操练", "练习", "exercise of the body", "完成下面的锻炼。"
        ),
        Wrong("评级|等级评定|分级", "评分", "goods are graded so", "给答案评级。"),
        Wrong("细胞|牢房|手机", "单元格", "other cells", "运行这个细胞。"),
        Wrong("笔记本电脑|记事簿", "笔记本", "other notebooks", "打开笔记本电脑。"),
        Wrong("词典", "字典", "a printed one", "返回一个词典。"),
        Wrong("张贴|屈服|投降", "提交", "other submissions", "张贴你的答案。"),
        Wrong(
            "存根|树桩", "(another sentence)", "a felled tree's stub", "把存根换掉。"
        ),
        Wrong(
            "程式|函式|物件|变数(?!据|组|值)|阵列|档案夹",
            "程序、函数…",
            "terms of Taiwan",
            "调用这个函式。",
        ),
        Wrong(
            r"\*\*(预言|预报|推测)",
            "**先猜一猜**",
            "one word for one thing",
            "**预言：** 形状是什么？",
        ),
    ],
}

# What is no prose: code, mathematics, addresses, values to be filled in, what a
# program says, and an English term in brackets where it is used first.
NO_PROSE = [
    re.compile(r"```.*?```", re.DOTALL),
    re.compile(r"`[^`]*`"),
    re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL),
    re.compile(r"\]\([^)\s]*\)"),
    re.compile(r"\{[^{}]*\}"),
    re.compile(r"「[\x20-\x7e]+」|“[\x20-\x7e]+”|\"[\x20\x21\x23-\x7e]+\""),
    re.compile(r"[（(][A-Za-z0-9 ,.'’/-]+[）)]"),
]
# Names may stand in a row, and languages call themselves as they do.
NAMES = re.compile(
    r"\b(?:PyTorch|MXNet|TensorFlow|Keras|Paddle|JupyterLab)\b|简体中文|日本語"
)
WORD = r"[A-Za-z][A-Za-z'’-]*"
ENGLISH = re.compile(rf"{WORD}(?:,? {WORD}){{4,}}")
HAN = re.compile(r"[\u4e00-\u9fff]")
KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff]")
LINE = re.compile(r"[^。！？\n|]+")
LONG = 8  # Han characters: what has so many in Japanese has kana too
# What each country's own set of characters does not hold, it does not write.
CHARACTERS = {"zh": "gb2312", "ja": "iso2022_jp"}
SENTENCE = re.compile(r"[^。！？\n]*[。！？]")
PLAIN = re.compile(
    r"(?:[うくぐすぬぶむる]|(?<!\d)つ|[っいん][ただ]|し?た|だ|ない)[。！？]$"
)
POLITE = re.compile(r"(?:ます|ました|ましょう|です|でした|でしょう)[。！？]$")
# What a lesson leads to is a list, of verbs and not of sentences.
LIST = re.compile(r"^\s*- .*$", re.MULTILINE)


class Text(NamedTuple):
    """What a reader meets: where it stands, and what it says."""

    place: str
    words: str


def texts(language: str) -> Iterator[Text]:
    """Yield every text of a language: lessons, messages, README."""
    for lesson in LESSONS:
        path = f"lessons/{lesson}/{language}.md"
        source = (REPOSITORY / path).read_text(encoding="utf-8")
        prose, _ = read_prose(path, language, source)
        for part in prose.parts:
            yield Text(f"{path}:{part.text_line} {part.id}", part.text)
    for file in sorted((LOCALES / "en").glob("*.toml")):
        path = f"{language}/{file.name}"
        table = tomllib.loads((LOCALES / path).read_text(encoding="utf-8"))
        for key, words in strings(table):
            yield Text(f"{path} {key}", words)
    page = f"README.{language}.md"
    yield Text(page, (REPOSITORY / page).read_text(encoding="utf-8"))


def strings(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every string of a table, with the path of its keys."""
    for key, value in table.items():
        if isinstance(value, dict):
            for inner, words in strings(value):
                yield f"{key}.{inner}", words
        else:
            yield key, str(value)


def prose_of(words: str) -> str:
    """Return what is left when code, mathematics and the like are gone."""
    for pattern in NO_PROSE:
        words = pattern.sub("·", words)
    return words


def wrong_terms(language: str, words: str) -> list[str]:
    """Return each wrong term with the right one."""
    prose = prose_of(words)
    return [
        f"{found[0]} (write {wrong.right}: {wrong.why})"
        for wrong in WRONG[language]
        for found in re.finditer(wrong.pattern, prose)
    ]


def strangers(language: str, words: str) -> list[str]:
    """Return what is written in another language, or in its characters."""
    prose = NAMES.sub("·", prose_of(words))
    found = ENGLISH.findall(prose)
    for character in sorted(set(HAN.findall(prose))):
        try:
            character.encode(CHARACTERS[language])
        except UnicodeEncodeError:
            found.append(character)
    if language == "zh":
        return found + sorted(set(KANA.findall(prose)))
    for line in LINE.findall(prose):
        if len(HAN.findall(line)) >= LONG and not KANA.search(line):
            found.append(line)
    return found


def plain_forms(words: str) -> list[str]:
    """Return the Japanese sentences that end in a plain form, as in a diary."""
    sentences = SENTENCE.findall(LIST.sub("", prose_of(words)))
    return [
        sentence
        for sentence in sentences
        if PLAIN.search(sentence) and not POLITE.search(sentence)
    ]


# ---- The texts --------------------------------------------------------------


@pytest.mark.parametrize("language", WRONG)
def test_the_terms_are_those_of_the_field(language: str) -> None:
    found = [
        f"{text.place}: {term}"
        for text in texts(language)
        for term in wrong_terms(language, text.words)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", WRONG)
def test_nothing_is_left_in_another_language(language: str) -> None:
    found = [
        f"{text.place}: {stranger}"
        for text in texts(language)
        for stranger in strangers(language, text.words)
    ]
    assert not found, "\n".join(found)


def test_japanese_sentences_are_polite() -> None:
    found = [
        f"{text.place}: {sentence}"
        for text in texts("ja")
        for sentence in plain_forms(text.words)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", WRONG)
@pytest.mark.parametrize("file", sorted(x.name for x in (LOCALES / "en").iterdir()))
def test_every_message_is_there_with_its_values(language: str, file: str) -> None:
    def values(spoken: str) -> dict[str, set[str | None]]:
        table = tomllib.loads((LOCALES / spoken / file).read_text(encoding="utf-8"))
        return {
            key: {name for _, name, _, _ in string.Formatter().parse(words)} - {None}
            for key, words in strings(table)
        }

    assert values(language) == values("en")


@pytest.mark.parametrize("language", WRONG)
def test_every_file_is_searched(language: str) -> None:
    places = [re.split(r"[: ]", text.place)[0] for text in texts(language)]
    assert len(set(places)) == len(LESSONS) + len(list((LOCALES / "en").iterdir())) + 1
    assert len(places) > 500


# ---- The search itself ------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "wrong"),
    [(language, wrong) for language, rules in WRONG.items() for wrong in rules],
    ids=lambda value: value if isinstance(value, str) else value.right,
)
def test_each_wrong_term_is_found(language: str, wrong: Wrong) -> None:
    findings = wrong_terms(language, wrong.example)
    assert any(wrong.right in finding for finding in findings)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "パラメータを初期化し、勾配、重み、バイアスを表示します。"),
        ("ja", "隠れ層は全結合層で、活性化関数は ReLU です。"),
        ("ja", "パラメータ共有と遅延初期化を使い、学習率 0.1 で損失を下げます。"),
        ("ja", "標準偏差のヒストグラムは、正規分布と一様分布とで違います。"),
        ("ja", "順伝播の後に逆伝播を行い、演習の解答を提出すると採点されます。"),
        ("zh", "先把参数初始化，再显示梯度、权重和偏置。"),
        ("zh", "隐藏层是全连接层，激活函数是 ReLU。"),
        ("zh", "参数绑定和延后初始化：学习率设为 0.1，损失就会下降。"),
        ("zh", "正态分布和均匀分布的标准差不同。"),
        ("zh", "更改变数据类型之后，做练习，提交，等待评分。"),
    ],
)
def test_right_terms_are_left_alone(language: str, words: str) -> None:
    assert wrong_terms(language, words) == []
    assert strangers(language, words) == []
    assert plain_forms(words) == []


@pytest.mark.parametrize(
    ("language", "words", "found"),
    [
        ("ja", "重みです。The gradient is the sum of both.", "The gradient is the"),
        ("ja", "重みです。Weights, biases and gradients differ.", "Weights, biases"),
        ("ja", "重みです。这是共享的层。", "这"),
        ("ja", "## 共有重的和与平均和差\n\n重みです。", "共有重的和与平均和差"),
        ("ja", "共有重和平均和差的大小相等。", "共有重和平均和差的大小相等"),
        ("zh", "权重。The gradient is the sum of both.", "The gradient is the"),
        ("zh", "权重。重みは1つです。", "み"),
        ("zh", "权重是一個，学習率。", "個"),
        ("zh", "权重是一个，学習率。", "習"),
        ("zh", "计算重みの和。", "の"),
    ],
)
def test_another_language_is_found(language: str, words: str, found: str) -> None:
    assert any(found in stranger for stranger in strangers(language, words))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "`the gradient is the sum of both` と書きます。"),
        ("ja", "$a b c d e f$ です。"),
        ("ja", "逆伝播（the backward pass of a network）を行います。"),
        ("ja", "「No gradient came, so it stops」と言います。"),
        ("ja", "PyTorch, MXNet, TensorFlow, Keras, Paddle です。"),
        ("ja", "| 平均 | 標準偏差 |"),
        ("zh", "```python\nfor x in the list of all\n```\n就是这样。"),
        ("zh", "批量归一化（batch normalization in deep learning）也是。"),
        ("zh", "有 **English**、**中文** 和 **日本語**。"),
    ],
)
def test_code_and_names_are_no_strangers(language: str, words: str) -> None:
    assert strangers(language, words) == []


@pytest.mark.parametrize(
    "words",
    [
        "勾配は和である。",
        "ネットワークを返す。",
        "重みが変わった。",
        "パラメータは共有されている。",
        "バイアスはない。",
        "共有パラメータという。",
        "勾配は和です。ネットワークを返す。",
    ],
)
def test_a_plain_sentence_is_found(words: str) -> None:
    assert plain_forms(words)


@pytest.mark.parametrize(
    "words",
    [
        "勾配は和です。ネットワークを返します。",
        "変わりません。変わりました。変わりませんでした。",
        "確かめてください。同じでしょうか。見てみましょう。",
        "解答例。",
        "- 層を2回使う。",
        "勾配の和",
    ],
)
def test_polite_sentences_are_left_alone(words: str) -> None:
    assert not plain_forms(words)
