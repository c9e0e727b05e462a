import unicodedata

import pytest
from emoji import EMOJI_DATA
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.evidence.emoji import polarity
from sentiment140.evidence.terms import emoji_polarity
from sentiment140.text.tokenize import tokenize


@pytest.mark.parametrize("symbol", "😀 😍 😂 ❤ ♥ ☺ 👍 🎉 💕 😘 🥰 🤩 🙌 👏 💪 🏆 🥳 🫶 😊".split())
def test_happy_emoji_are_positive(symbol):
    assert polarity(symbol) == 1


@pytest.mark.parametrize("symbol", "😡 😠 😢 😭 💔 👎 🤬 🤮 😒 🙄 😞 😩 🤦 💩 🖕 😤 ☹ 🥲 😱".split())
def test_unhappy_emoji_are_negative(symbol):
    assert polarity(symbol) == -1


@pytest.mark.parametrize("symbol", "🚌 🐈 🍊 🍴 🐳 👲 🇫 🏽 🫀 🏩 🔪 😐 a ♪ €".split())
def test_other_symbols_are_neutral(symbol):
    """Some names contain one that has a polarity: "anger" is in tangerine, "pout" in spouting whale."""
    assert polarity(symbol) == 0


def polarity_of(text: str) -> float:
    return float(emoji_polarity(tokenize([text]))[0])


@pytest.mark.parametrize("tone", ["", "🏻", "🏿"])
def test_a_skin_tone_changes_nothing(tone):
    assert (polarity_of(f"ok 👍{tone}"), polarity_of(f"ok 👎{tone}")) == (1, -1)


@pytest.mark.parametrize(
    ("text", "expected"), [("❤️", 1), ("🤦🏽‍♀️", -1), ("👩‍❤️‍👨", 1), ("👩‍🚒", 0), ("☹️", -1), ("🏴‍☠️", -1)]
)
def test_a_joined_emoji_has_the_polarity_of_its_parts(text, expected):
    assert polarity_of(text) == expected


def test_emoji_of_both_polarities_cancel_and_many_count_as_two():
    assert [polarity_of("😍😡"), polarity_of("😍😍😍😍"), polarity_of("so 😡 😡!😡"), polarity_of("")] == [0, 2, -2, 0]


@settings(deadline=None)
@given(st.sampled_from(sorted(EMOJI_DATA)), st.sampled_from(["", "fine ", "#tag"]))
def test_every_emoji_of_unicode_has_a_polarity_wherever_it_stands(emoji, before):
    assert polarity_of(before + emoji) == polarity_of(f"{before} {emoji} ok") in (-2, -1, 0, 1, 2)


@settings(deadline=None)
@given(st.characters(exclude_categories=["So", "Sk", "Sm", "Cs"]))
def test_other_characters_have_none(character):
    assert unicodedata.category(character)[0] == "S" or polarity(character) == 0 or character in EMOJI_DATA
