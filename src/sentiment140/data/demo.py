"""Write the demo corpus: synthetic tweets and vectors, for trying everything without a network.

The label of a tweet depends on the order of its words (negation, "but", irony), so models that use word order score
higher than models that count words. 10 percent of the labels are wrong, so no model scores close to 100 percent.
"""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np

from sentiment140.data.search import DEMO_MARKER
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE
from sentiment140.errors import UserError
from sentiment140.runs.files import atomic_folder, atomic_path

VECTOR_DIMENSION = 100
VECTOR_FILE = f"glove.demo.{VECTOR_DIMENSION}d.txt"

_POSITIVE_ADJECTIVES = (
    "good great lovely brilliant sweet happy awesome cute fun perfect tasty cool sunny cosy proud lucky".split()
)
_NEGATIVE_ADJECTIVES = (
    "bad awful sad boring ugly broken tired gross lonely cold nasty rotten dull painful grumpy unfair".split()
)
_POSITIVE_VERBS = "love like enjoy adore want recommend trust cherish".split()
_NEGATIVE_VERBS = "hate dislike dread regret loathe avoid fear resent".split()
_SUCCESSES = "won found finished fixed booked passed started got".split()
_MISHAPS = "lost broke missed failed forgot dropped ruined burnt".split()
# (topic, share of positive tweets about it): weakly informative words
_TOPICS = [
    ("weekend", 0.75), ("holiday", 0.75), ("breakfast", 0.65), ("coffee", 0.7), ("concert", 0.7), ("puppy", 0.75),
    ("song", 0.65), ("party", 0.65), ("garden", 0.6), ("movie", 0.55), ("book", 0.55), ("phone", 0.45), ("bus", 0.4),
    ("weather", 0.45), ("class", 0.4), ("meeting", 0.35), ("exam", 0.3), ("homework", 0.25), ("monday", 0.3),
    ("headache", 0.2), ("dentist", 0.25), ("traffic", 0.25), ("laptop", 0.45), ("haircut", 0.5), ("train", 0.45),
    ("game", 0.55), ("dinner", 0.6), ("show", 0.6), ("run", 0.5), ("boss", 0.35), ("shoes", 0.6), ("cat", 0.65),
]  # fmt: skip
_INTENSIFIERS = ["so", "very", "really", "soo", "pretty", "kinda", "such a", "too", "totally", "sooo"]
_ADJECTIVE_NEGATIONS = ["not", "never", "isn't", "wasn't", "not at all", "hardly", "aint", "no way this is"]
_VERB_NEGATIONS = ["don't", "dont", "didn't", "never", "can't say i", "do not"]
_OPENERS = "|||ok |well |omg |lol |hey |haha |so |hmm |just saying, |RT |ugh |yay ".split("|")
_CLOSERS = "||||!|!!!|...|.| lol| :/| xD| &lt;3| ;)| again| today|?| ha| :P".split("|")
_PEOPLE = ["mum", "my sister", "the boss", "everyone", "my flatmate", "the band", "grandpa", "nobody else"]
_PLACES = ["home", "town", "work", "the park", "school", "the station", "york", "the beach"]


def create_demo(demo: Path, rows: int = 20_000, seed: int = 0) -> Path:
    """Write the demo corpus whole or not at all, unless it exists already with the same rows and seed.

    Args:
        demo: its folder, which is created or replaced.
        rows: number of training tweets.
        seed: seed of the random generator.

    Returns:
        The folder.

    Raises:
        UserError: the folder has other files, or cannot be written.
    """
    marker = json.dumps({"what": "synthetic tweets of this project; not Sentiment140", "rows": rows, "seed": seed})
    if demo.exists() and not (demo / DEMO_MARKER).exists():
        raise UserError("cannot write the demo corpus: the folder has other files", str(demo), "move it elsewhere")
    if not demo.exists() or (demo / DEMO_MARKER).read_text(encoding="utf-8") != marker:
        try:
            with atomic_folder(demo) as temporary:
                write_demo(temporary, rows, seed)
                (temporary / DEMO_MARKER).write_text(marker, encoding="utf-8")
        except OSError as error:
            what = f"cannot write the demo corpus: {error.strerror or error}"
            raise UserError(what, str(demo), "make the folder writable, or free some disk space") from error
    return demo


def write_demo(folder: Path, rows: int = 20_000, seed: int = 0) -> None:
    """Write a synthetic corpus in the published format: training tweets, hand-labeled tweets and a vector file.

    The same `rows` and `seed` always give the same bytes.

    Args:
        folder: the folder to write to; it is created.
        rows: number of training tweets, half of them negative. As in the published file, the negative ones come first.
        seed: seed of the random generator.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_demo(Path(folder), rows=100)
        ...     sorted(path.name.split(".")[0] for path in Path(folder).iterdir())
        ['glove', 'testdata', 'training']
    """
    random = Random(seed)
    tweets = _training_tweets(random, rows)
    _write_tweets(folder / TRAIN_FILE, tweets, random, first_id=1_467_810_000)
    # People disagree, too: one in 15 hand-labeled tweets means the opposite of its label.
    test = [
        (label, _tweet(random, 1 - label if random.random() < 1 / 15 else label))
        for label, count in ((0, 177), (1, 182))
        for _ in range(count)
    ]
    test += [(2, _neutral_text(random)) for _ in range(139)]
    random.shuffle(test)
    _write_tweets(folder / TEST_FILE, test, random, first_id=3)
    _write_vectors(folder / VECTOR_FILE, [text for _, text in tweets], seed)


def _training_tweets(random: Random, rows: int) -> list[tuple[int, str]]:
    """Return (label, text) of each training tweet, negative tweets first.

    10 percent of the labels are wrong, and 1.5 percent of the texts repeat an earlier one.
    """
    by_label: tuple[list[str], list[str]] = ([], [])
    earlier_texts: list[str] = []
    while min(map(len, by_label)) < rows // 2 or sum(map(len, by_label)) < rows:
        meaning = random.randrange(2)
        text = random.choice(earlier_texts) if earlier_texts and random.random() < 0.015 else _tweet(random, meaning)
        earlier_texts.append(text)
        label = 1 - meaning if random.random() < 0.1 else meaning
        if len(by_label[label]) < rows - (rows // 2 if label == 0 else rows - rows // 2):
            by_label[label].append(text)
    return [(label, text) for label in (0, 1) for text in by_label[label]]


def _tweet(random: Random, label: int) -> str:
    """Return a tweet of at most 140 characters that means `label`."""
    while True:
        form = random.random()
        if form < 0.12:  # no opinion; only the topic is informative
            body = _neutral_text(random, label)
        elif form < 0.4:  # the second half decides the label
            conjunction = random.choice([" but ", ", but ", " though ", "... but then "])
            body = _clause(random, 1 - label) + conjunction + _clause(random, label)
        elif form < 0.47 and label == 0:  # irony: positive words, bad news
            body = f"{random.choice(_POSITIVE_ADJECTIVES)}, another {_topic(random, 0)}. just what i needed"
        elif form < 0.47:
            body = f"no more {_topic(random, 0)}, {_clause(random, 1)}"
        else:
            body = _clause(random, label) + (f". {_clause(random, label)}" if random.random() < 0.25 else "")
        text = _as_typed(random, body)
        if len(text) <= 140:
            return text


def _clause(random: Random, label: int) -> str:
    """Return a clause that means `label`; 38 percent of the clauses negate a word of the opposite meaning."""
    negated = random.random() < 0.38
    word_label = 1 - label if negated else label
    topic = _topic(random, label)
    form = random.random()
    if form < 0.45:
        adjective = random.choice((_NEGATIVE_ADJECTIVES, _POSITIVE_ADJECTIVES)[word_label])
        if negated:
            return f"the {topic} {random.choice(_ADJECTIVE_NEGATIONS)} {adjective}"
        return f"the {topic} is {random.choice(_INTENSIFIERS)} {adjective}"
    if form < 0.75:
        who = random.choice(["i", "we", "you guys", "they"])
        verb = random.choice((_NEGATIVE_VERBS, _POSITIVE_VERBS)[word_label])
        return f"{who} {random.choice(_VERB_NEGATIONS) + ' ' if negated else ''}{verb} the {topic}"
    verb = random.choice((_MISHAPS, _SUCCESSES)[word_label])
    return f"{random.choice(_PEOPLE)} {'never ' if negated else ''}{verb} the {topic}"


def _neutral_text(random: Random, label: int | None = None) -> str:
    """Return a text without an opinion, about a topic that is more frequent with `label` (with None, either label)."""
    topic = _topic(random, random.randrange(2) if label is None else label)
    return random.choice(
        [
            f"going to {random.choice(_PLACES)} for the {topic} with {random.choice(_PEOPLE)}",
            f"anyone else at the {topic} in {random.choice(_PLACES)}",
            f"{random.randrange(2, 60)} minutes until the {topic}",
            f"reading about the {topic} at {random.choice(_PLACES)}",
        ]
    )


def _topic(random: Random, label: int) -> str:
    """Draw a topic; topics that are frequent among the tweets of this label are more probable."""
    weights = [share if label else 1 - share for _, share in _TOPICS]
    return random.choices([topic for topic, _ in _TOPICS], weights)[0]


def _as_typed(random: Random, body: str) -> str:
    """Return the text as people type it: with mentions, links, hashtags, HTML entities, capitals and misspellings."""
    words = body.split(" ")
    at = random.randrange(len(words))
    noise = random.random()
    if noise < 0.06:
        words[at] = words[at].upper()
    elif noise < 0.12 and words[at].isalpha() and len(words[at]) > 2:
        words[at] = words[at][:-1] + words[at][-1] * random.randrange(3, 7)
    elif noise < 0.2 and len(words[at]) > 4:
        cut = random.randrange(1, len(words[at]) - 1)
        words[at] = words[at][:cut] + words[at][cut + 1 :]  # one letter is missing
    elif noise < 0.24:
        words = [word.upper() for word in words]
    text = random.choice(_OPENERS) + " ".join(words) + random.choice(_CLOSERS)
    if random.random() < 0.45:
        text = f"@{_user(random)} {text}"
    if random.random() < 0.05:
        text += f" http://demo.example/{random.randrange(10_000)}"
    if random.random() < 0.04:
        text += f" #{random.choice(_TOPICS)[0]}"
    if random.random() < 0.03:
        text = text.replace(" and ", " &amp; ") if " and " in text else f"&quot;{text}&quot;"
    return text


def _user(random: Random) -> str:
    """Draw a user name that nobody can mistake for a real one."""
    return f"demo_{random.randrange(4_000)}"


def _write_tweets(path: Path, tweets: list[tuple[int, str]], random: Random, first_id: int) -> None:
    """Write tweets, given as (label, text), in the published format, with random users and dates."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, (label, text) in enumerate(tweets):
            second = datetime(2009, 4, 6, 22, 19, 45, tzinfo=UTC) + timedelta(seconds=random.randrange(80 * 86_400))
            date = second.strftime("%a %b %d %H:%M:%S PDT %Y")
            target = {0: 0, 1: 4, 2: 2}[label]
            writer.writerow([target, first_id + 7 * number, date, "NO_QUERY", _user(random), text])


def _write_vectors(path: Path, texts: list[str], seed: int) -> None:
    """Write vectors that are similar for words of similar meaning; 20 percent of the words have none, as in GloVe."""
    groups = [
        _POSITIVE_ADJECTIVES + _POSITIVE_VERBS + _SUCCESSES,
        _NEGATIVE_ADJECTIVES + _NEGATIVE_VERBS + _MISHAPS,
        [topic for topic, _ in _TOPICS],
        _INTENSIFIERS,
        _ADJECTIVE_NEGATIONS + _VERB_NEGATIONS,
    ]
    group_of = {word: number for number, group in enumerate(groups) for phrase in group for word in phrase.split()}
    words = sorted({word for text in texts for word in text.lower().split() if word.isalpha()})
    words = ["<user>", "<url>", "<number>", "<hashtag>", *words]
    random = np.random.default_rng(seed)
    centers = random.normal(0, 0.3, (len(groups) + 1, VECTOR_DIMENSION))
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for word in words:
            vector = centers[group_of.get(word, len(groups))] + random.normal(0, 0.3, VECTOR_DIMENSION)
            if word.startswith("<") or random.random() < 0.8:
                file.write(f"{word} {' '.join(f'{value:.4f}' for value in vector)}\n")
