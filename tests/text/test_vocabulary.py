from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.experiment import TextSettings
from sentiment140.text.stopwords import STOPWORDS
from sentiment140.text.tokenize import UNKNOWN, tokenize
from sentiment140.text.vocabulary import PADDING, Ids, Vocabulary

WORDS = st.sampled_from(["love", "cat", "day", "zoo", "the", "i", "not", "very", "don't", "and"])
TWEETS = st.lists(st.lists(WORDS, max_size=12), max_size=8)


def settings(**changed):
    return replace(TextSettings(stopwords="none", minimum_count=1), **changed)


def words_of(texts, **changed):
    return Vocabulary.build(tokenize(texts), settings(**changed)).words


def ids_of(lists):
    """`Ids` with these ids; no tweet is empty."""
    flat = np.array([number for tweet in lists for number in tweet], np.int32)
    return Ids(flat, np.cumsum([0, *map(len, lists)], dtype=np.int64))


def lists_of(ids):
    return [ids.flat[start:end].tolist() for start, end in zip(ids.offsets, ids.offsets[1:], strict=False)]


ID_LISTS = st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=20), min_size=1, max_size=12)


def test_ids_are_by_frequency_and_in_alphabetical_order_for_equal_frequencies():
    assert words_of(["pear fig apple", "fig pear kiwi", "fig"]) == [PADDING, UNKNOWN, "fig", "pear", "apple", "kiwi"]


def test_ids_do_not_depend_on_the_order_of_the_tweets():
    texts = ["b a c", "d c", "e", "a", "f f"]
    assert words_of(texts) == words_of(texts[::-1])


def test_padding_is_0_and_unknown_1():
    vocabulary = Vocabulary.build(tokenize(["cat cat"]), settings())
    assert vocabulary.words[0] == PADDING
    assert vocabulary.ids[UNKNOWN] == 1
    assert lists_of(vocabulary.encode(tokenize(["cat dog", "", "dog"]))) == [[2, 1], [1], [1]]


def test_an_empty_tweet_does_not_add_a_second_unknown_word():
    assert words_of(["", "", "cat"]) == [PADDING, UNKNOWN, "cat"]


@pytest.mark.parametrize(("minimum", "kept"), [(1, ["a", "b", "c"]), (2, ["a", "b"]), (3, ["a"]), (4, [])])
def test_words_below_the_minimum_count_have_no_id(minimum, kept):
    assert words_of(["a a b", "a b c"], minimum_count=minimum)[2:] == kept


@pytest.mark.parametrize(("size", "kept"), [(1, ["a"]), (2, ["a", "b"]), (3, ["a", "b", "c"]), (9, ["a", "b", "c"])])
def test_only_the_most_frequent_words_have_an_id(size, kept):
    vocabulary = Vocabulary.build(tokenize(["a a b", "a b c"]), settings(vocabulary_size=size))
    assert vocabulary.words[2:] == kept
    assert len(vocabulary) == 2 + len(kept)


@given(TWEETS, st.sampled_from(list(STOPWORDS)), st.integers(1, 6), st.integers(1, 3), st.integers(1, 6))
def test_encoding_matches_plain_python(tweets, stopwords, max_length, minimum_count, size):
    tokens = tokenize(map(" ".join, tweets))
    vocabulary = Vocabulary.build(
        tokens,
        settings(stopwords=stopwords, max_length=max_length, minimum_count=minimum_count, vocabulary_size=size),
    )
    expected = []
    for tweet in tweets:
        words = tweet or [UNKNOWN]
        kept = [word for word in words if word not in STOPWORDS[stopwords]] or words
        expected.append([vocabulary.words.index(word) if word in vocabulary.words else 1 for word in kept[:max_length]])
    ids = vocabulary.encode(tokens)
    assert lists_of(ids) == expected
    assert ids.flat.dtype == np.int32
    assert ids.lengths.tolist() == [len(tweet) for tweet in expected]
    assert 0 not in ids.flat


def test_without_punctuation_signs_have_no_ids_and_are_removed_from_tweets():
    tokens = tokenize(["I LOVE it, so!", "- -"])
    read, unread = (Vocabulary.build(tokens, settings(stopwords="none", punctuation=value)) for value in (True, False))
    assert lists_of(read.encode(tokens))[0] == [read.ids[word] for word in "i love <allcaps> it , so !".split()]
    assert lists_of(unread.encode(tokens))[0] == [unread.ids[word] for word in "i love it so !".split()]
    assert set(read.words) - set(unread.words) == {"<allcaps>", ",", "-"}
    assert set(lists_of(unread.encode(tokens))[1]) == {1}


@pytest.mark.parametrize(
    ("stopwords", "kept"), [("none", "i do not love it"), ("keep_negation", "not love"), ("standard", "love")]
)
def test_each_stopword_setting_removes_its_list(stopwords, kept):
    tokens = tokenize(["I do not love it"])
    vocabulary = Vocabulary.build(tokens, settings(stopwords=stopwords))
    assert [vocabulary.words[number] for number in vocabulary.encode(tokens).flat] == kept.split()


def test_by_default_negations_intensifiers_and_punctuation_are_kept_and_other_stopwords_removed():
    tokens = tokenize(["The day was not so good, but it is over ..."] * 2)
    vocabulary = Vocabulary.build(tokens, TextSettings())
    kept = [vocabulary.words[number] for number in vocabulary.encode(tokens.take(np.array([0]))).flat]
    assert kept == ["day", "not", "so", "good", ",", "..."]


def test_a_tweet_that_consists_of_stopwords_only_keeps_them():
    tokens = tokenize(["love the cat", "and i", "the"])
    vocabulary = Vocabulary.build(tokens, settings(stopwords="standard"))
    found = [[vocabulary.words[number] for number in tweet] for tweet in lists_of(vocabulary.encode(tokens))]
    assert found == [["love", "cat"], ["and", "i"], ["the"]]


def test_a_tweet_is_truncated_after_its_stopwords_are_removed():
    tokens = tokenize(["the cat and the dog and the bird"])
    vocabulary = Vocabulary.build(tokens, settings(stopwords="standard", max_length=2))
    assert [vocabulary.words[number] for number in vocabulary.encode(tokens).flat] == ["cat", "dog"]


def test_a_tweets_ids_do_not_depend_on_the_other_tweets():
    vocabulary = Vocabulary.build(tokenize(["cat dog bird cat"]), settings())
    alone = lists_of(vocabulary.encode(tokenize(["bird cat fish"])))
    assert lists_of(vocabulary.encode(tokenize(["fish dog", "bird cat fish", "dog"])))[1:2] == alone


def test_encoding_no_tweets_returns_no_tweets():
    ids = Vocabulary.build(tokenize(["cat"]), settings()).encode(tokenize([]))
    assert len(ids) == 0
    assert ids.flat.tolist() == []
    assert list(ids.padded_batches(8, 4)) == []


@given(ID_LISTS, st.data())
def test_padded_adds_zeros_on_the_right(lists, data):
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), min_size=1, max_size=15))
    width = max(len(lists[row]) for row in rows) + data.draw(st.integers(0, 5))
    found = ids_of(lists).padded(np.array(rows), width)
    assert found.dtype == np.int32
    assert found.tolist() == [lists[row] + [0] * (width - len(lists[row])) for row in rows]


LONG_ID_LISTS = st.lists(st.integers(1, 120).map(lambda length: [7] * length), min_size=1, max_size=12)


@given(ID_LISTS | LONG_ID_LISTS, st.integers(1, 9))
def test_a_tweets_width_is_its_own_length_rounded_up(lists, bucket):
    ids = ids_of(lists)
    widths = ids.widths(bucket)
    for tweet, width in zip(lists, widths, strict=True):
        assert width % bucket == 0
        assert len(tweet) <= width < len(tweet) + bucket
    assert [int(ids_of([tweet]).widths(bucket)[0]) for tweet in lists] == widths.tolist()


def test_a_tweet_of_280_characters_is_read_to_its_end():
    tokens = tokenize(["a!" * 140, "no " * 93 + "b"])
    vocabulary = Vocabulary.build(tokens, TextSettings(stopwords="none", minimum_count=1))
    assert vocabulary.encode(tokens).lengths.tolist() == [280, 94]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", ":)", "👍", "@d", "http://e", "1", "!!", "...", "#", "."]))))
def test_known_words_are_words_emoticons_and_emoji_in_the_vocabulary(tweets):
    vocabulary = Vocabulary(
        [PADDING, UNKNOWN, "a", "b", "<smile>", "👍", "<user>", "<url>", "!!", "..."], TextSettings()
    )
    expected = [sum(word in {"a", "b", ":)", "👍"} for word in tweet) for tweet in tweets]
    assert vocabulary.known_words(tokenize(" ".join(tweet) for tweet in tweets)).tolist() == expected


@given(ID_LISTS, st.integers(1, 9), st.integers(1, 4))
def test_padded_batches_contain_every_tweet_once_at_its_own_width(lists, bucket, batch_size):
    ids = ids_of(lists)
    widths, seen = ids.widths(bucket), []
    for rows, batch in ids.padded_batches(bucket, batch_size):
        assert 1 <= len(rows) <= batch_size
        assert {batch.shape[1]} == set(widths[rows].tolist())
        assert [[number for number in row if number] for row in batch.tolist()] == [lists[row] for row in rows]
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(lists)))


@given(st.lists(st.text("ab the", max_size=12), max_size=9), st.integers(1, 4), st.integers(0, 5))
def test_results_do_not_depend_on_the_chunk_size(texts, chunk_size, seed):
    settings = TextSettings(stopwords="standard", minimum_count=1, max_length=8)

    def results():
        tokens = tokenize(texts)
        tokens = tokens.take(np.random.default_rng(seed).permutation(len(tokens)))
        ids = Vocabulary.build(tokens, settings).encode(tokens)
        return tokens.flat, tokens.offsets, ids.flat, ids.offsets

    at_once = results()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sentiment140.text.ragged._CHUNK_ROWS", chunk_size)
        in_chunks = results()
    assert all(np.array_equal(*both) for both in zip(at_once, in_chunks, strict=True))
