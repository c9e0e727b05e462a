"""Made-up tweets and vectors, so that the whole job can be tried with no network. Nothing in them is real.

A tweet's label is decided by how its words stand together (negation, "but", irony), so that models which see order beat
those which count words; a tenth of the labels is wrong, so that none comes near 100 %.
"""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np

from sentiment140.data.sources import TEST_FILE, TRAIN_FILE
from sentiment140.runs.files import atomic_path

VECTOR_FILE = "glove.demo.100d.txt"

_GOOD = "good great lovely brilliant sweet happy awesome cute fun perfect tasty cool sunny cosy proud lucky".split()
_BAD = "bad awful sad boring ugly broken tired gross lonely cold nasty rotten dull painful grumpy unfair".split()
_LIKE = "love like enjoy adore want recommend trust cherish".split()
_HATE = "hate dislike dread regret loathe avoid fear resent".split()
_LUCK = "won found finished fixed booked passed started got".split()
_MISHAP = "lost broke missed failed forgot dropped ruined burnt".split()
# (topic, share of positive tweets about it): words that only lean
_TOPICS = [
    ("weekend", 0.75), ("holiday", 0.75), ("breakfast", 0.65), ("coffee", 0.7), ("concert", 0.7), ("puppy", 0.75),
    ("song", 0.65), ("party", 0.65), ("garden", 0.6), ("movie", 0.55), ("book", 0.55), ("phone", 0.45), ("bus", 0.4),
    ("weather", 0.45), ("class", 0.4), ("meeting", 0.35), ("exam", 0.3), ("homework", 0.25), ("monday", 0.3),
    ("headache", 0.2), ("dentist", 0.25), ("traffic", 0.25), ("laptop", 0.45), ("haircut", 0.5), ("train", 0.45),
    ("game", 0.55), ("dinner", 0.6), ("show", 0.6), ("run", 0.5), ("boss", 0.35), ("shoes", 0.6), ("cat", 0.65),
]  # fmt: skip
_VERY = ["so", "very", "really", "soo", "pretty", "kinda", "such a", "too", "totally", "sooo"]
_NOT = ["not", "never", "isn't", "wasn't", "not at all", "hardly", "aint", "no way this is"]
_DONT = ["don't", "dont", "didn't", "never", "can't say i", "do not"]
_OPENERS = "|||ok |well |omg |lol |hey |haha |so |hmm |just saying, |RT |ugh |yay ".split("|")
_CLOSERS = "||||!|!!!|...|.| lol| :/| xD| &lt;3| ;)| again| today|?| ha| :P".split("|")
_PEOPLE = ["mum", "my sister", "the boss", "everyone", "my flatmate", "the band", "grandpa", "nobody else"]
_PLACES = ["home", "town", "work", "the park", "school", "the station", "york", "the beach"]


def write_demo(folder: Path, rows: int = 20_000, seed: int = 0) -> None:
    """Writes a made-up corpus in the published format: training and hand-labelled tweets, and a small vector file.

    Args:
        folder: where to; it is made.
        rows: training tweets, half of them negative; as in the published file the negative ones come first.
        seed: the same rows and seed give the same bytes.
    """
    random = Random(seed)
    tweets = _training_tweets(random, rows)
    _write_tweets(folder / TRAIN_FILE, tweets, random, first_id=1_467_810_000)
    # people disagree too: every fifteenth hand-labelled tweet means the other thing
    test = [
        (label, _tweet(random, 1 - label if random.random() < 1 / 15 else label))
        for label, count in ((0, 177), (1, 182))
        for _ in range(count)
    ]
    test += [(2, _without_opinion(random)) for _ in range(139)]
    random.shuffle(test)
    _write_tweets(folder / TEST_FILE, test, random, first_id=3)
    _write_vectors(folder / VECTOR_FILE, [text for _, text in tweets], seed)


def _training_tweets(random: Random, rows: int) -> list[tuple[int, str]]:
    """(label, text), negative first. Every tenth label is wrong, and some texts are said twice."""
    by_label: tuple[list[str], list[str]] = ([], [])
    said: list[str] = []
    while min(map(len, by_label)) < rows // 2 or sum(map(len, by_label)) < rows:
        meaning = random.randrange(2)
        text = random.choice(said) if said and random.random() < 0.015 else _tweet(random, meaning)
        said.append(text)
        label = 1 - meaning if random.random() < 0.1 else meaning
        if len(by_label[label]) < rows - (rows // 2 if label == 0 else rows - rows // 2):
            by_label[label].append(text)
    return [(label, text) for label in (0, 1) for text in by_label[label]]


def _tweet(random: Random, label: int) -> str:
    """A tweet that means `label`, at most 140 characters long."""
    while True:
        kind = random.random()
        if kind < 0.12:  # no opinion in any word but the topic's lean
            body = _without_opinion(random, label)
        elif kind < 0.4:  # the second half decides
            joint = random.choice([" but ", ", but ", " though ", "... but then "])
            body = _clause(random, 1 - label) + joint + _clause(random, label)
        elif kind < 0.47 and label == 0:  # irony: nice words, bad news
            body = f"{random.choice(_GOOD)}, another {_topic(random, 0)}. just what i needed"
        elif kind < 0.47:
            body = f"no more {_topic(random, 0)}, {_clause(random, 1)}"
        else:
            body = _clause(random, label) + (f". {_clause(random, label)}" if random.random() < 0.25 else "")
        text = _dressed(random, body)
        if len(text) <= 140:
            return text


def _clause(random: Random, label: int) -> str:
    """A few words that mean `label`; more than a third of them by negating their opposite."""
    negated = random.random() < 0.38
    surface = 1 - label if negated else label
    topic = _topic(random, label)
    kind = random.random()
    if kind < 0.45:
        adjective = random.choice((_BAD, _GOOD)[surface])
        return f"the {topic} {'' if negated else 'is '}{random.choice(_NOT if negated else _VERY)} {adjective}"
    if kind < 0.75:
        who = random.choice(["i", "we", "you guys", "they"])
        verb = random.choice((_HATE, _LIKE)[surface])
        return f"{who} {random.choice(_DONT) + ' ' if negated else ''}{verb} the {topic}"
    verb = random.choice((_MISHAP, _LUCK)[surface])
    return f"{random.choice(_PEOPLE)} {'never ' if negated else ''}{verb} the {topic}"


def _without_opinion(random: Random, label: int | None = None) -> str:
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
    """A topic, those that lean to the label more often."""
    weights = [share if label else 1 - share for _, share in _TOPICS]
    return random.choices([topic for topic, _ in _TOPICS], weights)[0]


def _dressed(random: Random, body: str) -> str:
    """The body as people type it: mentions, links, hashtags, entities, shouting, lengthened and misspelt words."""
    words = body.split(" ")
    at = random.randrange(len(words))
    habit = random.random()
    if habit < 0.06:
        words[at] = words[at].upper()
    elif habit < 0.12 and words[at].isalpha() and len(words[at]) > 2:
        words[at] = words[at][:-1] + words[at][-1] * random.randrange(3, 7)
    elif habit < 0.2 and len(words[at]) > 4:
        cut = random.randrange(1, len(words[at]) - 1)
        words[at] = words[at][:cut] + words[at][cut + 1 :]  # a letter is missing
    elif habit < 0.24:
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
    return f"demo_{random.randrange(4_000)}"


def _write_tweets(path: Path, tweets: list[tuple[int, str]], random: Random, first_id: int) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, (label, text) in enumerate(tweets):
            second = datetime(2009, 4, 6, 22, 19, 45, tzinfo=UTC) + timedelta(seconds=random.randrange(80 * 86_400))
            date = second.strftime("%a %b %d %H:%M:%S PDT %Y")
            target = {0: 0, 1: 4, 2: 2}[label]
            writer.writerow([target, first_id + 7 * number, date, "NO_QUERY", _user(random), text])


def _write_vectors(path: Path, texts: list[str], seed: int) -> None:
    """Vectors in which words of like meaning lie near one another; a fifth of the words has none, as in real files."""
    groups = [_GOOD + _LIKE + _LUCK, _BAD + _HATE + _MISHAP, [topic for topic, _ in _TOPICS], _VERY, _NOT + _DONT]
    group_of = {word: number for number, group in enumerate(groups) for phrase in group for word in phrase.split()}
    words = sorted({word for text in texts for word in text.lower().split() if word.isalpha()})
    words = ["<user>", "<url>", "<number>", "<hashtag>", *words]
    random = np.random.default_rng(seed)
    centres = random.normal(0, 0.3, (len(groups) + 1, 100))
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for word in words:
            vector = centres[group_of.get(word, len(groups))] + random.normal(0, 0.3, 100)
            if word.startswith("<") or random.random() < 0.8:
                file.write(f"{word} {' '.join(f'{value:.4f}' for value in vector)}\n")
