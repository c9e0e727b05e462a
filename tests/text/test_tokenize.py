import gc
import html
import re
import string
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import pytest
from ftfy.badness import is_bad
from hypothesis import assume, given
from hypothesis import strategies as st

from sentiment140.text import characters
from sentiment140.text import tokenize as tokenize_module
from sentiment140.text.characters import repair
from sentiment140.text.tokenize import SIGNS, UNKNOWN, Tokenizer, tokenize

ANY_TEXT = st.text() | st.text(st.characters(categories=["Cs"]) | st.characters())  # includes lone surrogates
TRICKY = st.text(
    st.sampled_from("aZpdDxXoO8123 \t'’-^:;=()[]{}/\\|<>@#.,!?&_é♥\ufe0f\u200d\u0301\x85\xa0👍"), max_size=30
)
ASCII = st.text(st.characters(max_codepoint=127), max_size=30)


def tokens_of(text):
    return tokenize([text]).tweet(0)


def words_of(text):
    """The tokens without punctuation signs."""
    return tokenize([text]).without(SIGNS).tweet(0)


def mojibake(text):
    """UTF-8 decoded as Latin-1, as in the published file."""
    return text.encode().decode("latin-1")


@pytest.mark.parametrize(
    ("tweet", "expected"),
    [
        (
            "@switchfoot http://twitpic.com/2y1zl - Awww, that's a bummer.  You shoulda got it. ;D",
            "<user> <url> aww that's a bummer you shoulda got it <smile>",
        ),
        (
            "is upset that he can't update his Facebook... and might cry  School today also. Blah!",
            "is upset that he can't update his facebook ... and might cry school today also blah !",
        ),
        ("RT @b_2: so true", "rt <user> so true"),
        (".@bob @", "<user>"),
        ("@bob:)", "<user> <smile>"),
    ],
)
def test_tweets_are_split_into_these_tokens(tweet, expected):
    assert words_of(tweet) == expected.split()


@pytest.mark.parametrize(
    "link",
    [
        "http://twitpic.com/2y1zl",
        "https://a",
        "HTTP://X.COM/Y?z=1#top",
        "www.foo.com",
        "www.foo.com/bar?x=:)",
        "bit.ly/abc",
        "youtube.com",
        "maps.google.co.uk",
        "BBC.co.uk/news",
        "last.fm/user/x",
        "bar.co",
        "foo.com.au:8080/x",
        "wait..youtube.com",
    ],
)
def test_a_link_is_one_token_with_or_without_its_scheme(link):
    assert [word for word in words_of(f"see {link} now") if word not in ("wait", "...")] == ["see", "<url>", "now"]


def test_a_punctuation_mark_after_a_bare_domain_is_not_part_of_the_link():
    assert words_of("on youtube.com! ok") == ["on", "<url>", "!", "ok"]


@pytest.mark.parametrize(
    "text", ["good.but/hate", "bad.day/sad", "this...that", "end.Begin", "e.g. this", "comfort.comment", "node.common"]
)
def test_words_joined_by_dots_are_not_a_link(text):
    assert "<url>" not in words_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#followfriday", ["<hashtag>", "followfriday"]),
        ("#WorstServiceEver", ["<hashtag>", "worst", "service", "ever"]),
        ("#NBAFinals2016!", ["<hashtag>", "nba", "finals", "<number>", "!"]),
        ("#can't", ["<hashtag>", "can't"]),
        ("#so_sad", ["<hashtag>", "so", "sad"]),
        ("#iHateIt", ["<hashtag>", "i", "hate", "it"]),
        ("#iPhoneX", ["<hashtag>", "iphone", "x"]),
        ("#2cool", ["<hashtag>", "2cool"]),
        ("#fail!", ["<hashtag>", "fail", "!"]),
        ("a#b", ["a", "<hashtag>", "b"]),
        ("#1", ["<number>"]),
        ("we're #", ["we're"]),
    ],
)
def test_a_hashtag_becomes_a_hashtag_token_and_its_words(text, expected):
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("name", "emoticons"),
    [
        ("<smile>", ":) :-) =) ;) ;-) :] :} :D ;D =D XD xDDD 8-) 8D (: (; (= [: :') :o) :)))) :^)"),
        ("<sadface>", ":( :-( =( :'( :[ :{ ): )= ]: :(((( ;("),
        ("<lolface>", ":P :p ;P :-p =P xP xPPP"),
        ("<neutralface>", ":/ :-\\ :| =/ :\\"),
        ("<heart>", "<3 <333"),
    ],
)
def test_every_emoticon_becomes_the_token_of_its_class(name, emoticons):
    assert {face: words_of(face) for face in emoticons.split()} == {face: [name] for face in emoticons.split()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":pretty", ["pretty"]),
        (":do", ["do"]),
        ("xdress", ["xdress"]),
        ("x3", ["x3"]),
        ("(hello)", ["hello"]),
        ("note:", ["note"]),
        ("(see note):", ["see", "note"]),
        ("ftp://abc", ["ftp", "abc"]),
        ("at18)", ["at18"]),
        ("at (18)", ["at", "<number>"]),
        ("meeting at 8)", ["meeting", "at", "<number>"]),
        ("(from 7 to 8)", ["from", "<number>", "to", "<number>"]),
        ("opens at 8p", ["opens", "at", "8p"]),
        ("text:(no space)", ["text", "no", "space"]),
        ("x=[1;2]", ["x", "<number>", "<number>"]),
        ("foo:d word:p bar=d", ["foo", "d", "word", "p", "bar", "d"]),
        (r"c:\temp and:/or", ["c", "temp", "and", "or"]),
        ("Windows XP", ["windows", "xp"]),
        ("f(x)=(y) max(x):d", "f x y max x d".split()),
        ("हि:(हि", ["हि", "हि"]),
        ("if a<30 or b<3.5", ["if", "a", "<number>", "or", "b", "<number>"]),
    ],
)
def test_text_that_only_resembles_an_emoticon_is_not_one(text, expected):
    assert words_of(text) == expected


def test_an_emoticon_next_to_a_word_is_found():
    assert words_of("great:) sad:( lol:P love<3 (:hi") == (
        "great <smile> sad <sadface> lol <lolface> love <heart> <smile> hi".split()
    )
    assert words_of("yes(: LOL:D i<3you :(no") == "yes <smile> lol <smile> i <heart> you <sadface> no".split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I &lt;3 u", ["i", "<heart>", "u"]),
        ("I &amp;lt;3 u", ["i", "<heart>", "u"]),
        ("tom &amp; &quot;ann&quot;", ["tom", "ann"]),
        ("it&#39;s", ["it's"]),
        ("it&amp;#39;s", ["it's"]),
        ("a&nbsp;b", ["a", "b"]),
        ("&hearts;&#x1F600;", ["♥", "😀"]),
        ("AT&amp;T", ["at&t"]),
        ("&", [UNKNOWN]),
    ],
)
def test_html_entities_that_were_escaped_once_or_twice_are_decoded(text, expected):
    assert words_of(text) == expected


@given(st.text(st.sampled_from("abc <>\"':)3!é")))
def test_escaping_a_tweet_once_or_twice_changes_no_token(text):
    assert words_of(html.escape(text)) == words_of(html.escape(html.escape(text))) == words_of(text)


@pytest.mark.parametrize("apostrophe", ["'", *"’‘‛`´ʼ′＇", "&#8217;", "â€™", "â\x80\x99", "\x92", "\ufffd"])
def test_a_contraction_is_one_token_with_any_apostrophe_character(apostrophe):
    assert words_of(f"don{apostrophe}t CAN{apostrophe}T you{apostrophe}re") == ["don't", "can't", "you're"]


def test_apostrophes_around_a_word_are_removed():
    assert words_of("'cause dogs' 'quoted' 'don't'") == ["cause", "dogs", "quoted", "don't"]


@pytest.mark.parametrize("word", ["gr8", "2nite", "2day", "b4", "1st", "l8r", "4ever"])
def test_a_word_with_digits_is_a_word(word):
    assert words_of(word.upper()) == [word]


@pytest.mark.parametrize("number", ["7", "10:30", "1,000", "3.50", "24/7", "12.05.2009", "1.", "$5", "100%", "٣"])
def test_every_notation_of_a_number_becomes_one_number_token(number):
    assert words_of(number) == ["<number>"]


def test_two_equal_letters_are_kept_and_three_or_more_become_two():
    assert words_of("so soo sooo soooooo") == ["so", "soo", "soo", "soo"]
    assert words_of("good gooood goood") == ["good", "good", "good"]
    assert words_of("HAAAAPPPPY") == ["haappy"]


@given(st.sampled_from("abcxyzé"), st.integers(3, 40), st.sampled_from(["n", "so", "we"]))
def test_elongations_of_any_length_give_the_same_token(letter, times, stem):
    assert words_of(stem + letter * times + "q") == words_of(stem + letter * 3 + "q")
    assert words_of(stem + letter * times + "q") != words_of(stem + letter + "q")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no!", ["no", "!"]),
        ("no!!!!", ["no", "!!"]),
        ("why??", ["why", "??"]),
        ("what?! what!? !?!?!", ["what", "!?", "what", "!?", "!?"]),
        ("hm.. hm.... hm…", ["hm", "...", "hm", "...", "hm", "..."]),
        ('yes, (ok); "fine" - well-known and/or.', "yes ok fine well known and or".split()),
    ],
)
def test_without_signs_only_exclamation_and_question_marks_and_dots_remain(text, expected):
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Yes, (ok) - "fine".', ["yes", ",", "(", "ok", ")", "-", '"', "fine", '"', "."]),
        ("well... *** &amp; ~~", ["well", "...", "*", "&", "~"]),
        ("ab.cd", ["ab", ".", "cd"]),
        ("-", ["-"]),
        ("::) @@bob ##fun <<3 ((:", ["<smile>", "<user>", "<hashtag>", "fun", "<heart>", "<smile>"]),
    ],
)
def test_a_punctuation_sign_is_one_token_even_if_it_is_repeated(text, expected):
    assert tokens_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I LOVE it", ["i", "love", "<allcaps>", "it"]),
        ("WTF!!! OK.", ["wtf", "<allcaps>", "!!", "ok", "<allcaps>", "."]),
        ("&quot;NO&quot; No-GO", ['"', "no", "<allcaps>", '"', "no", "-", "go", "<allcaps>"]),
        ("A B :D I'm ÉTÉ", ["a", "b", "<smile>", "i'm", "été", "<allcaps>"]),
        ("@BOB HTTP://X.COM WWW.X.COM iPhone 3G", ["<user>", "<url>", "<url>", "iphone", "3g"]),
        ("XD .@BOB :P", ["<smile>", ".", "<user>", "<lolface>"]),
        ("#FAIL İyi", ["<hashtag>", "fail", "<allcaps>", "iyi"]),
        ("#NBAFinals", ["<hashtag>", "nba", "<allcaps>", "finals"]),
        ("I'M", ["i'm", "<allcaps>"]),
    ],
)
def test_a_word_in_capitals_is_followed_by_an_allcaps_token(text, expected):
    assert tokens_of(text) == expected


@given(st.lists(ANY_TEXT | TRICKY, max_size=6), st.sets(st.sampled_from([".", "a", "<user>", "zz"])))
def test_without_removes_these_tokens_and_keeps_the_others_in_order(texts, removed):
    tokens = tokenize(texts)
    found = tokens.without(frozenset(removed))
    for row in range(len(texts)):
        kept = [token for token in tokens.tweet(row) if token not in removed]
        assert found.tweet(row) == (kept or [UNKNOWN])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("👍👍", ["👍", "👍"]),
        ("love❤️you", ["love", "❤", "you"]),
        ("👩‍❤️‍👩", ["👩", "❤", "👩"]),
        ("☺️ ☺", ["☺", "☺"]),
    ],
)
def test_each_emoji_is_one_token_without_variation_selector_and_joiner(text, expected):
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("donâ\x80\x99t", ["don't"]),
        ("I â\x99¥ it", ["i", "♥", "it"]),
        ("well\xe2\x80\xa6 ok", ["well", "...", "ok"]),
        ("voil\xc3\xa0 caf\xc3\xa9", ["voilà", "café"]),  # a0 is whitespace in Latin-1
        ("\xc3\x85se", ["åse"]),  # and so is 85
        ("café", ["café"]),  # Latin-1 that is not UTF-8 is unchanged
        ("don’t ♥", ["don't", "♥"]),  # already correct
        ("isn\xc2\x92t", ["isn't"]),  # Windows-1252, read as Latin-1, then that twice
        ("isnÂ’t ♥", ["isn't", "♥"]),
    ],
)
def test_utf_8_decoded_as_latin_1_is_repaired_before_the_text_is_split_at_whitespace(text, expected):
    assert words_of(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\x00\t\n")))
def test_repair_restores_any_text_from_its_mojibake(text):
    assert repair(mojibake(text)) == text


@given(st.text(st.characters(exclude_categories=["Cc"])).map(lambda text: f"♥{text}♥") | ASCII)
def test_repair_does_not_change_other_text(text):
    assume(not is_bad(text))
    assert repair(text) == text


def test_without_ftfy_a_text_that_it_would_repair_is_unchanged_and_a_warning_says_so(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "ftfy", None)
    characters._fix_encoding.cache_clear()
    try:
        assert repair("donâ€™t ♥") == repair("donâ€™t ♥") == "donâ€™t ♥"
    finally:
        characters._fix_encoding.cache_clear()
    assert [record.message.partition(":")[0] for record in caplog.records] == ["ftfy is not installed"]
    assert repair("donâ\x80\x99t") == "don’t"  # needs no library


@given(st.lists(st.sampled_from(["so", "café", "naïve", "♥", "😀😀", "“ok”", "no–no", "ПРИВЕТ", "你好"])))
def test_windows_1252_is_repaired_beside_sound_words(words):
    assert words_of(f"donâ€™t {' '.join(words)}") == words_of(f"don't {' '.join(words)}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ПРИВЕТ мир", ["привет", "мир"]),
        ("你好 世界", ["你好", "世界"]),
        ("こんにちは!", ["こんにちは", "!"]),
        ("العربية", ["العربية"]),
        ("العَرَبِيَّة", ["العَرَبِيَّة"]),
        ("मुझे यह पसंद नहीं है", ["मुझे", "यह", "पसंद", "नहीं", "है"]),
        ("ฉันเกลียดที่นี่", ["ฉันเกลียดที่นี่"]),
        ("எனக்கு பிடிக்கவில்லை", ["எனக்கு", "பிடிக்கவில்லை"]),
        ("ÉTÉ Straße", ["été", "straße"]),
    ],
)
def test_words_in_other_scripts_are_word_tokens(text, expected):
    assert words_of(text) == expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from("कมกடអب"), st.text(st.sampled_from("\u093f\u0e34\u0bbf\u17b7\u064b\u0300"), max_size=2)
        )
    )
)
def test_a_letter_and_its_marks_stay_together(letters):
    text = "".join(letter + marks for letter, marks in letters)
    assert len(words_of(text)) == 1


def test_combining_marks_do_not_split_words_or_hide_their_neighbors():
    found = words_of("nice cafe\u0301 today \u0301\u0301")
    assert found[:2] == ["nice", "caf\u00e9"]
    assert "today" in found


@pytest.mark.parametrize("text", ["", " ", "\n\t", "-", "( )", "_", "\x00", "\ufe0f", "&nbsp;", "\u2029 \xa0", "\xad"])
def test_a_tweet_without_any_token_gets_the_unknown_token(text):
    assert words_of(text) == [UNKNOWN]


@given(ANY_TEXT | TRICKY)
def test_any_text_gives_lowercase_tokens_without_whitespace(text):
    found = tokens_of(text)
    assert found
    assert all(token and not any(letter.isspace() for letter in token) for token in found)
    assert all(token == token.lower() for token in found)


@given(st.lists(ANY_TEXT | TRICKY, max_size=8))
def test_a_tweets_tokens_do_not_depend_on_the_other_tweets(texts):
    together = tokenize(texts)
    assert [together.tweet(row) for row in range(len(together))] == [tokens_of(text) for text in texts]


@given(st.lists(ANY_TEXT | TRICKY, max_size=8))
def test_words_flat_and_offsets_are_consistent(texts):
    tokens = tokenize(iter(texts))
    assert len(tokens) == len(texts)
    assert tokens.flat.dtype == np.int32
    assert tokens.offsets.dtype == np.int64
    assert tokens.offsets[0] == 0
    assert tokens.offsets[-1] == len(tokens.flat)
    assert (np.diff(tokens.offsets) > 0).all()
    assert tokens.words[0] == UNKNOWN
    assert len(set(tokens.words)) == len(tokens.words)
    appearance = list(dict.fromkeys(number for number in tokens.flat.tolist() if number))
    assert appearance == list(range(1, len(tokens.words)))  # in order of first appearance, none unused


@given(st.lists(TRICKY, max_size=5))
def test_the_same_tweets_give_the_same_tokens(texts):
    first, second = tokenize(texts), tokenize(texts)
    assert first.words == second.words
    assert first.flat.tolist() == second.flat.tolist()
    assert first.offsets.tolist() == second.offsets.tolist()


@given(ASCII, ASCII)
def test_no_token_contains_whitespace(left, right):
    apart = [token for token in tokens_of(left) + tokens_of(right) if token != UNKNOWN]
    assert tokens_of(f"{left} {right}") == (apart or [UNKNOWN])


# Whether ":d" and "8d" are emoticons depends on their case, and so do the words of a hashtag.
@given(ASCII.map(lambda text: text.translate(dict.fromkeys(map(ord, "#&:;=xX8")))))
def test_upper_and_lower_case_give_the_same_tokens_without_signs(text):
    assert words_of(text.upper()) == words_of(text.lower()) == words_of(text)


@given(st.lists(st.from_regex(r"[a-z]{1,8}('[a-z]{1,3})?", fullmatch=True), min_size=1, max_size=6))
def test_tokenizing_a_word_token_again_does_not_change_it(words):
    once = [token for word in words for token in words_of(word) if not token.startswith("<")]
    assert [words_of(token) for token in once] == [[token] for token in once]


def test_an_entity_with_thousands_of_digits_raises_no_error():
    assert words_of("ok &#" + "1" * 5000 + ";")[0] == "ok"


@given(st.text(st.sampled_from("ab \"'-"), max_size=20), st.randoms(use_true_random=False))
def test_every_variant_of_a_quote_a_dash_or_an_apostrophe_gives_the_same_tokens(text, random):
    variants = {'"': "“”„«»＂″", "'": "’‘ʼ＇`´", "-": "–—−‑－"}
    assert tokens_of("".join(random.choice(variants.get(sign, sign)) for sign in text)) == tokens_of(text)


@given(
    ASCII.filter(lambda text: "&" not in text),
    st.sampled_from("\x00\x07\x7f\u200b\xad\u2060\ufeff\u200e\u202e\u2066\U000e0061\ufe0f"),
)
def test_a_character_that_is_not_seen_changes_no_token(text, unseen):
    assert tokens_of(unseen.join(text)) == tokens_of(text)


@given(ASCII.filter(lambda text: "&" not in text), st.sampled_from([0xFF21, 0x1D400, 0x1D5D4]))
def test_letters_of_another_style_are_the_same_letters(text, first):
    styled = {ord(letter): first + number for number, letter in enumerate(string.ascii_uppercase)}
    if first != 0xFF21:
        styled |= {ord(letter): first + 26 + number for number, letter in enumerate(string.ascii_lowercase)}
    assert tokens_of(text.translate(styled)) == tokens_of(text)


def test_other_punctuation_is_removed_like_ascii_signs():
    assert words_of("¡hola! 。") == words_of("hola! .")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail user@example.com now", ["mail", "<email>", "now"]),
        ("(first.last+tag@mail.example.co.uk)", ["(", "<email>", ")"]),
        (".@bob @ann_b:", [".", "<user>", "<user>", ":"]),
        ("the U.S. and U.K.", ["the", "u.s.", "and", "u.k."]),
        ("in the U.S now", ["in", "the", "u.s.", "now"]),
        ("Ph.D. or B.Sc", ["ph.d.", "or", "b.sc."]),
        ("u.s.army hi.I", ["u", ".", "s", ".", "army", "hi", ".", "i"]),
        ("at 9 a.m., e.g. today", ["at", "<number>", "a.m.", ",", "e.g.", "today"]),
        ("AT&T r&d R&B", ["at&t", "r&d", "r&b"]),
        ("salt&pepper", ["salt", "&", "pepper"]),
        ("so.i.am", ["so", ".", "i", ".", "am"]),
        ("iPhone™ №1", ["iphone", "#", "<number>"]),
    ],
)
def test_addresses_and_abbreviations_are_one_token(text, expected):
    assert tokens_of(text) == expected


def test_composed_and_decomposed_letters_give_the_same_token():
    assert words_of("cafe\u0301") == words_of("caf\u00e9")


@pytest.mark.parametrize("text", ["so tired.me too", "it's ok.im fine", "not good.us neither"])
def test_a_missing_space_after_a_period_does_not_make_a_link(text):
    assert not {"<url>", "<user>"} & set(words_of(text))


def test_batches_give_the_same_tokens_as_all_tweets_at_once():
    texts = [f"Good day {number % 7} @user :) sooo{'o' * (number % 3)} GREAT#{number}" for number in range(40)] + [
        "",
        "\n",
    ]
    at_once = tokenize(texts)
    for max_candidates in (0, 5, 1000):  # forgets before every batch, before some, before none
        tokenizer = Tokenizer(max_candidates)
        batches = [tokenizer(texts[start : start + 3]) for start in range(0, len(texts), 3)]
        assert [batch.tweet(row) for batch in batches for row in range(len(batch))] == list(
            map(at_once.tweet, range(len(at_once)))
        )


def test_a_batch_that_raises_an_error_does_not_affect_later_batches():
    tokenizer = Tokenizer()
    tokenizer(["fine day"])
    with pytest.raises(AttributeError):
        tokenizer(["never scanned", None])
    tokens = tokenizer(["never scanned fine"])
    assert tokens.tweet(0) == ["never", "scanned", "fine"]


def test_a_tokenizer_has_no_reference_cycles_that_delay_freeing_its_memory():
    gc.collect()
    gc.disable()
    try:
        tokenize([f"word{number}" for number in range(100)])
        tokenizer = Tokenizer(0)
        for number in range(10):
            tokenizer([f"word{number}"])
        del tokenizer
        assert gc.collect() == 0  # a reference cycle would keep the memory of a long file
    finally:
        gc.enable()


def test_threads_can_share_a_tokenizer():
    tokenizer, texts = Tokenizer(50), [f"word{number} and word{number + 1}" for number in range(500)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: tokenizer([text]).tweet(0), texts * 4))
    assert found == [tokens_of(text) for text in texts] * 4


# Characters of each class that the patterns distinguish, and pairs of those that a pattern scans ahead of.
REPEATED = [
    *"aP1_.-():8'@#/&é ", "<3", "&amp;", "\u0301", "\u0316\u0300", "\u200b", "â€", "ha",
    *map("".join, combinations("a1_.-(@", 2)),
]  # fmt: skip
FRAMED = [("#", "aB1_", ""), ("a@", "b.", ""), ("", "a.", "com")]  # before, repeated, after
SHORT, FACTOR = 2_000, 16  # characters, and how many times as many the long text has


@pytest.mark.parametrize(("before", "repeated", "after"), [*(("", part, "") for part in REPEATED), *FRAMED])
def test_the_work_is_linear_in_the_length_of_the_text(before, repeated, after):
    """Were characters scanned again from each position, 16 times the text would take up to 256 times the work.

    Work is processor time of this thread, which other processes do not change. To fail by noise, the fastest of three
    times would have to be four times as long as it should be, compared with the slowest of three of the short text.
    """

    def work(characters):
        text = before + repeated * (characters // len(repeated)) + after
        started = time.thread_time()
        tokenize([text])
        return time.thread_time() - started

    work(SHORT)  # what is imported or compiled at the first use
    allowed = 4 * FACTOR * max(work(SHORT) for _ in range(3))
    assert any(work(SHORT * FACTOR) < allowed for _ in range(3))


@given(st.lists(st.text("aAdDxXsS@'.,!?:;()_-19é \n", max_size=12), max_size=6))
def test_the_short_cut_for_plain_words_changes_no_token(texts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenize_module, "_PLAIN", re.compile(r"(?!)"))  # never matches
        every_way = tokenize(texts)
    tokens = tokenize(texts)
    assert [tokens.tweet(row) for row in range(len(texts))] == [every_way.tweet(row) for row in range(len(texts))]
