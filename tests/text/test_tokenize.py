import gc
import html
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.tokenize import SIGNS, UNKNOWN, Tokenizer, repair, tokenize

ANY_TEXT = st.text() | st.text(st.characters(categories=["Cs"]) | st.characters())  # with lone surrogates
TRICKY = st.text(
    st.sampled_from("aZpdDxXoO8123 \t'’-^:;=()[]{}/\\|<>@#.,!?&_é♥\ufe0f\u200d\u0301\x85\xa0👍"), max_size=30
)
ASCII = st.text(st.characters(max_codepoint=127), max_size=30)


def tokens_of(text):
    return tokenize([text]).tweet(0)


def words_of(text):
    """The tokens without punctuation."""
    return tokenize([text]).without(SIGNS).tweet(0)


def mojibake(text):
    """UTF-8 read as latin-1, as the published file holds it."""
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
def test_a_whole_tweet_becomes_these_tokens(tweet, expected):
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
    ],
)
def test_a_link_is_one_token_with_or_without_its_scheme(link):
    assert words_of(f"see {link} now") == ["see", "<url>", "now"]


def test_the_mark_after_a_bare_domain_is_not_part_of_it():
    assert words_of("on youtube.com! ok") == ["on", "<url>", "!", "ok"]


@pytest.mark.parametrize("text", ["this...that", "end.Begin", "e.g. this", "comfort.comment", "node.common"])
def test_words_joined_by_dots_are_no_link(text):
    assert "<url>" not in words_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#FollowFriday", ["<hashtag>", "followfriday"]),
        ("#2cool", ["<hashtag>", "2cool"]),
        ("#fail!", ["<hashtag>", "fail", "!"]),
        ("a#b", ["a", "<hashtag>", "b"]),
        ("#1", ["<number>"]),
        ("we're #", ["we're"]),
    ],
)
def test_a_hashtag_is_marked_and_keeps_its_word(text, expected):
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("name", "emoticons"),
    [
        ("<smile>", ":) :-) =) ;) ;-) :] :} :D ;D =D XD xDDD 8) 8D (: (; (= [: :') :o) :)))) :^)"),
        ("<sadface>", ":( :-( =( :'( :[ :{ ): )= ]: :(((( ;("),
        ("<lolface>", ":P :p ;P :-p =P xP XPPP"),
        ("<neutralface>", ":/ :-\\ :| =/ :\\"),
        ("<heart>", "<3 <333"),
    ],
)
def test_every_emoticon_is_of_its_class(name, emoticons):
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
    ],
)
def test_what_only_resembles_an_emoticon_is_none(text, expected):
    assert words_of(text) == expected


def test_an_emoticon_touching_a_word_is_still_seen():
    assert words_of("great:) sad:( lol:P love<3 (:hi") == (
        "great <smile> sad <sadface> lol <lolface> love <heart> <smile> hi".split()
    )


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
        ("AT&T", ["at", "t"]),
        ("&", [UNKNOWN]),
    ],
)
def test_html_escapes_are_undone_once_and_twice(text, expected):
    assert words_of(text) == expected


@given(st.text(st.sampled_from("abc <>\"':)3!é")))
def test_escaping_a_tweet_once_or_twice_changes_no_token(text):
    assert words_of(html.escape(text)) == words_of(html.escape(html.escape(text))) == words_of(text)


@pytest.mark.parametrize("apostrophe", "'’‘`´")
def test_a_contraction_is_one_token_whatever_its_apostrophe(apostrophe):
    assert words_of(f"don{apostrophe}t CAN{apostrophe}T rock{apostrophe}n{apostrophe}roll") == [
        "don't",
        "can't",
        "rock'n'roll",
    ]


def test_apostrophes_around_a_word_are_dropped():
    assert words_of("'cause dogs' 'quoted' 'don't'") == ["cause", "dogs", "quoted", "don't"]


@pytest.mark.parametrize("word", ["gr8", "2nite", "2day", "b4", "1st", "l8r", "4ever"])
def test_a_word_with_digits_is_a_word(word):
    assert words_of(word.upper()) == [word]


@pytest.mark.parametrize("number", ["7", "10:30", "1,000", "3.50", "24/7", "12.05.2009", "1.", "$5", "100%", "٣"])
def test_a_number_is_a_number_however_written(number):
    assert words_of(number) == ["<number>"]


def test_two_letters_alike_are_spelling_and_three_are_shouting():
    assert words_of("so soo sooo soooooo") == ["so", "soo", "soo", "soo"]
    assert words_of("good gooood goood") == ["good", "good", "good"]
    assert words_of("HAAAAPPPPY") == ["haappy"]


@given(st.sampled_from("abcxyzé"), st.integers(3, 40), st.sampled_from(["n", "so", "we"]))
def test_the_length_of_an_elongation_makes_no_difference(letter, times, stem):
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
def test_without_signs_only_marks_and_dots_stay_of_the_punctuation(text, expected):
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Yes, (ok) - "fine".', ["yes", ",", "(", "ok", ")", "-", '"', "fine", '"', "."]),
        ("well... *** &amp; ~~", ["well", "...", "*", "&", "~"]),
        ("a.b", ["a", ".", "b"]),
        (".@bob @", [".", "<user>", "@"]),
        ("-", ["-"]),
        ("::) @@bob ##fun <<3 ((:", ["<smile>", "<user>", "<hashtag>", "fun", "<heart>", "<smile>"]),
    ],
)
def test_a_sign_is_a_token_and_so_is_a_row_of_the_same(text, expected):
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
        ("I'M", ["i'm", "<allcaps>"]),
    ],
)
def test_what_is_all_in_capitals_is_marked(text, expected):
    assert tokens_of(text) == expected


@given(st.lists(ANY_TEXT | TRICKY, max_size=6), st.sets(st.sampled_from([".", "a", "<user>", "zz"])))
def test_left_out_tokens_are_gone_and_the_others_stay_in_order(texts, left_out):
    tokens = tokenize(texts)
    found = tokens.without(frozenset(left_out))
    for row in range(len(texts)):
        kept = [token for token in tokens.tweet(row) if token not in left_out]
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
def test_each_emoji_is_a_token_without_selector_and_joiner(text, expected):
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("donâ\x80\x99t", ["don't"]),
        ("I â\x99¥ it", ["i", "♥", "it"]),
        ("well\xe2\x80\xa6 ok", ["well", "...", "ok"]),
        ("voil\xc3\xa0 caf\xc3\xa9", ["voilà", "café"]),  # a0 is a blank in latin-1
        ("\xc3\x85se", ["åse"]),  # and so is 85
        ("café", ["café"]),  # latin-1 that is no UTF-8 stays
        ("don’t ♥", ["don't", "♥"]),  # already right
    ],
)
def test_utf_8_read_as_latin_1_is_put_right_before_blanks_are_looked_for(text, expected):
    assert words_of(text) == expected


@given(st.text())
def test_repair_undoes_mojibake_of_any_text(text):
    assert repair(mojibake(text)) == text


@given(st.text(min_size=1).map(lambda text: text + "♥") | st.text(st.characters(max_codepoint=127)))
def test_repair_leaves_any_other_text_alone(text):
    assert repair(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ПРИВЕТ мир", ["привет", "мир"]),
        ("你好 世界", ["你好", "世界"]),
        ("こんにちは!", ["こんにちは", "!"]),
        ("العربية", ["العربية"]),
        ("ÉTÉ Straße", ["été", "straße"]),
    ],
)
def test_words_of_other_scripts_are_words(text, expected):
    assert words_of(text) == expected


def test_a_combining_mark_breaks_neither_the_tweet_nor_the_words_beside_it():
    found = words_of("nice cafe\u0301 today \u0301\u0301")
    assert found[:2] == ["nice", "caf\u00e9"]
    assert "today" in found


@pytest.mark.parametrize("text", ["", " ", "\n\t", "-", "( )", "_", "\x00", "\ufe0f", "&nbsp;", "\x85 \xa0"])
def test_a_tweet_without_any_token_gets_the_unknown_one(text):
    assert words_of(text) == [UNKNOWN]


@given(ANY_TEXT | TRICKY)
def test_any_text_has_tokens_and_none_holds_a_blank(text):
    found = tokens_of(text)
    assert found
    assert all(token and not any(letter.isspace() for letter in token) for token in found)
    assert all(token == token.lower() for token in found)


@given(st.lists(ANY_TEXT | TRICKY, max_size=8))
def test_a_tweets_tokens_do_not_depend_on_the_other_tweets(texts):
    together = tokenize(texts)
    assert [together.tweet(row) for row in range(len(together))] == [tokens_of(text) for text in texts]


@given(st.lists(ANY_TEXT | TRICKY, max_size=8))
def test_words_flat_and_offsets_fit_each_other(texts):
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
def test_no_token_crosses_a_blank(left, right):
    apart = [token for token in tokens_of(left) + tokens_of(right) if token != UNKNOWN]
    assert tokens_of(f"{left} {right}") == (apart or [UNKNOWN])


@given(ASCII.map(lambda text: text.replace("&", "")))
def test_case_makes_no_difference(text):
    assert words_of(text.upper()) == words_of(text.lower()) == words_of(text)


@given(st.lists(st.from_regex(r"[a-z]{1,8}('[a-z]{1,3})?", fullmatch=True), min_size=1, max_size=6))
def test_tokens_that_are_words_stay_as_they_are_when_read_again(words):
    once = [token for word in words for token in words_of(word) if not token.startswith("<")]
    assert [words_of(token) for token in once] == [[token] for token in once]


def test_an_entity_of_thousands_of_digits_is_no_error():
    assert words_of("ok &#" + "1" * 5000 + ";")[0] == "ok"


def test_punctuation_beyond_ascii_is_dropped_like_that_of_ascii():
    assert words_of("“hello” – «x» ¡hola! 。") == words_of('"hello" - "x" hola! .')


def test_a_composed_and_a_decomposed_letter_are_one():
    assert words_of("cafe\u0301") == words_of("caf\u00e9")


@pytest.mark.parametrize("text", ["so tired.me too", "it's ok.im fine", "not good.us neither"])
def test_a_forgotten_blank_hides_no_word(text):
    assert not {"<url>", "<user>"} & set(words_of(text))


def test_tweets_in_batches_have_the_tokens_of_all_at_once():
    texts = [f"Good day {number % 7} @user :) sooo{'o' * (number % 3)} GREAT#{number}" for number in range(40)] + [
        "",
        "\n",
    ]
    whole = tokenize(texts)
    for remembered in (0, 5, 1000):  # forgets at every batch, at some, at none
        tokenizer = Tokenizer(remembered)
        batches = [tokenizer(texts[start : start + 3]) for start in range(0, len(texts), 3)]
        assert [batch.tweet(row) for batch in batches for row in range(len(batch))] == list(
            map(whole.tweet, range(len(whole)))
        )


def test_a_batch_that_fails_half_way_leaves_no_trace():
    tokenizer = Tokenizer()
    tokenizer(["fine day"])
    with pytest.raises(AttributeError):
        tokenizer(["never scanned", None])
    tokens = tokenizer(["never scanned fine"])
    assert tokens.tweet(0) == ["never", "scanned", "fine"]


def test_what_was_remembered_is_freed_at_once():
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


def test_threads_may_share_a_tokenizer():
    tokenizer, texts = Tokenizer(50), [f"word{number} and word{number + 1}" for number in range(500)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: tokenizer([text]).tweet(0), texts * 4))
    assert found == [tokens_of(text) for text in texts] * 4
