"""Training and test files of others: fewer columns, any order, names, labels, delimiters, encodings and formats."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.data.files import DataFile
from sentiment140.data.label_values import canonical, scheme_of
from sentiment140.data.layout import COLUMN_NAMES
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.read import read_tweets
from sentiment140.data.read_unlabeled import read_test_tweets
from sentiment140.data.search import locate_tweets
from sentiment140.data.separated import LONGEST_TEXT
from sentiment140.errors import UserError
from sentiment140.labels import NEUTRAL, UNLABELED

TEXTS = [f"tweet, no. {number}; it isn’t “good” café|x" for number in range(40)]
TWEETS = pd.DataFrame(
    {
        "target": ["0", "4"] * 20,
        "id": [str(2**62 + number) for number in range(40)],
        "date": "2009-04-06",
        "flag": "NO_QUERY",
        "user": "ann",
        "text": TEXTS,
    }
)
LABELS = [
    ("0", "4"),
    ("0", "1"),
    ("0.0", "4.0"),
    ("-1", "1"),
    ("Negative", "POSITIVE"),
    ("neg", "pos"),
    ("False", "True"),
]
WRITERS = {
    "a.csv": lambda table, path: table.to_csv(path, index=False),
    "bom.csv": lambda table, path: table.to_csv(path, index=False, encoding="utf-8-sig"),
    "utf16.csv": lambda table, path: table.to_csv(path, index=False, encoding="utf-16"),
    "cp1252.csv": lambda table, path: table.to_csv(path, index=False, encoding="cp1252"),
    "semicolons.csv": lambda table, path: table.to_csv(path, index=False, sep=";"),
    "bars.csv": lambda table, path: table.to_csv(path, index=False, sep="|"),
    "tabs.tsv": lambda table, path: table.to_csv(path, index=False, sep="\t"),
    "tabs in utf16.tsv": lambda table, path: table.to_csv(path, index=False, sep="\t", encoding="utf-16"),
    "packed.csv.gz": lambda table, path: table.to_csv(path, index=False),
    "a.jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
    "a.parquet": lambda table, path: table.to_parquet(path, index=False),
}


@st.composite
def spellings(draw, column):
    name = draw(st.sampled_from(COLUMN_NAMES[column]))
    change = draw(st.sampled_from([str, str.upper, str.title, lambda text: text.replace("_", " ")]))
    return change(name)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(WRITERS)), labels=st.sampled_from(LABELS))
def test_any_order_spelling_format_and_subset_of_columns_is_read(tmp_path_factory, data, name, labels):
    others = data.draw(st.lists(st.sampled_from(["id", "date", "flag", "user"]), unique=True))
    order = data.draw(st.permutations(["target", "text", *others]))
    table = TWEETS.assign(target=TWEETS["target"].map(dict(zip(("0", "4"), labels, strict=True))))[order]
    table.columns = [data.draw(spellings(column)) for column in order]
    path = tmp_path_factory.mktemp("formats") / name
    WRITERS[name](table, path)
    read, problems = read_tweets(DataFile(path))
    assert read["text"].tolist() == TEXTS
    assert read["label"].tolist() == [0, 1] * 20
    assert read["id"].tolist() == ([int(number) for number in TWEETS["id"]] if "id" in others else list(range(1, 41)))
    assert set(read["user"]) == ({"ann"} if "user" in others else {""})
    assert problems.malformed == {}
    assert ("id" in problems.missing) == bool(problems.ids)
    for column in order:
        assert column in problems.read_as or "published" in problems.read_as


def test_quotes_in_a_file_with_tabs_are_characters(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('label\ttext\n0\t"so sad\n1\tso "glad"\n1\t"fine"\n')
    assert read_tweets(DataFile(path))[0]["text"].tolist() == ['"so sad', 'so "glad"', '"fine"']
    path.write_text('"label"\t"text"\n"0"\t"so\tsad"\n"1"\t"a ""b"""\n')
    assert read_tweets(DataFile(path))[0]["text"].tolist() == ["so\tsad", 'a "b"']


def test_a_damaged_utf_8_file_keeps_its_bytes_and_another_is_cp1252(tmp_path):
    path = tmp_path / "a.csv"
    for damaged, text in ((b"\xe2\x80\x99\xe2\x80\x99\xe2\x80?", "â\x80\x99" * 2 + "â\x80?"), (b"isn\x92t", "isn’t")):
        path.write_bytes(b"label,text\n0," + damaged + b"\n1,glad\n")
        assert read_tweets(DataFile(path))[0]["text"].tolist() == [text, "glad"]


def test_a_line_that_is_no_object_is_a_malformed_row(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"text": f"t{n}", "label": n % 2, "id": 2**63 - 1 - n}) for n in range(200)]
    path.write_text("\n".join([*lines[:100], "{broken", *lines[100:]]))
    table, problems = read_tweets(DataFile(path))
    assert problems.malformed == {"unreadable (not a JSON object)": 1}
    assert problems.examples[0][0] == 101
    assert table["id"].tolist() == [2**63 - 1 - n for n in range(200)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_text_of_more_characters_than_a_field_of_csv_may_have_is_a_malformed_row(tmp_path, name):
    texts = ["x" * (LONGEST_TEXT + 1), "y" * LONGEST_TEXT, *(f"t{n}" for n in range(198))]
    WRITERS[name](pd.DataFrame({"text": texts, "label": [n % 2 for n in range(200)]}), tmp_path / name)
    table, problems = read_tweets(DataFile(tmp_path / name))
    assert problems.malformed == {"text longer than 131,072 characters": 1}
    assert table["text"].tolist() == texts[1:]
    pd.DataFrame({"id": ["1", "2"], "text": ["so good", texts[0]]}).to_parquet(tmp_path / "test.parquet", index=False)
    with pytest.raises(UserError, match=r"a text has more than 131,072 characters, .*test\.parquet, line 3"):
        read_test_tweets(DataFile(tmp_path / "test.parquet"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"text": "so sad", "label": 0}]', r"JSON array, .*a\.csv, convert it: python -c .*read_json"),
        (b'{"text":{"0":"so sad","1":"so glad"},"label":{"0":0,"1":1}}', r'orient="columns", .*a\.csv, write records'),
        (b"PK\x03\x04 excel", r"Excel file, .*convert it: python -c .*read_excel"),
        (b"PAR1 broken", r"the Parquet file cannot be read: "),
    ],
)
def test_a_file_of_another_format_is_refused_in_one_line(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        read_tweets(DataFile(tmp_path / "a.csv"))
    assert "\n" not in str(caught.value)


def test_one_stray_label_changes_the_meaning_of_no_other():
    assert scheme_of({"0": 500, "1": 499, "-1": 1}) == {"0": 0, "1": 1}
    assert scheme_of({"0": 500, "1": 490, "-1": 50})["0"] == NEUTRAL
    assert canonical("1.5") == "1.5"


# What the user says


def read_with(path, content, columns=(), labels=()):
    path.write_text(content)
    return read_tweets(DataFile(path), ColumnMapping.parse(columns, labels))[0]


def test_the_user_names_columns_and_labels(tmp_path):
    content = "Tweet,text,Class\nso sad,no,bad\nso glad,no,GOOD\nso so,no,mixed\n"
    table = read_with(
        tmp_path / "a.csv", content, ["text=Tweet", "target=Class"], ["negative=bad,positive=good", "neutral=mixed"]
    )
    assert table["text"].tolist() == ["so sad", "so glad"]
    assert table["label"].tolist() == [0, 1]
    table = read_with(
        tmp_path / "a.csv", "so sad,1\nso glad,5\nwell,4\n", ["text=1,target=2"], ["negative=1,positive=4,positive=5"]
    )
    assert table["label"].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("columns", "labels", "message"),
    [
        (["txt=Tweet"], [], 'unknown column "txt": did you mean text.*, --columns'),
        (["text"], [], '"text" has no value, --columns, write text=NAME'),
        (["text=a", "text=b"], [], "column text is given twice, --columns"),
        (["target=Class,text=Twet"], [], r'unknown column "Twet": did you mean Tweet.*a\.csv'),
        (["target=1,text=3"], [], "no column 3 in the first line, which has 2"),
        (["text=1"], [], "no number of the column target"),
        ([], ["negativ=bad"], 'unknown class "negativ": did you mean negative'),
        ([], ["negative=bad"], "a class has no label, --labels, give"),
        ([], ["negative=bad,positive=Bad"], 'label "Bad" has two meanings'),
        (["target=Class,text=Tweet"], ["negative=bad,positive=nice"], r"labels good have no clear meaning, .*line 3"),
    ],
)
def test_a_wrong_mapping_is_refused_in_one_line(tmp_path, columns, labels, message):
    with pytest.raises(UserError, match=message) as caught:
        read_with(tmp_path / "a.csv", "Tweet,Class\nso sad,bad\nso glad,good\n", columns, labels)
    assert "\n" not in str(caught.value)


def test_a_mapping_is_part_of_the_identity_and_none_adds_nothing():
    assert ColumnMapping().as_dict() == {}
    mapping = ColumnMapping.parse(["text=b", "target=a"], ["positive=p,negative=n"])
    assert mapping.as_dict() == {"columns": "target=a,text=b", "labels": "n=0,p=1"}


# Search


def test_a_file_that_lacks_columns_is_found_only_where_the_user_points_at(tmp_path):
    (tmp_path / "few.csv").write_text("label,text\n" + "0,sad\n1,glad\n" * 9)
    assert locate_tweets(tmp_path) is None
    found = locate_tweets(tmp_path, may_lack_columns=True)
    assert found is not None
    assert found.train.path.name == "few.csv"
    TWEETS.head(2).to_csv(tmp_path / "six.csv", index=False)
    found = locate_tweets(tmp_path, may_lack_columns=True)
    assert found is not None
    assert (found.train.path.name, [file.path.name for file in found.unused]) == ("six.csv", ["few.csv"])


# Test tweets


def read_test(path, content, mapping=ColumnMapping()):  # noqa: B008 - frozen
    path.write_bytes(content.encode())
    return read_test_tweets(DataFile(path), mapping)


def test_labels_of_test_tweets_are_used_if_each_is_clear(tmp_path):
    table, _ = read_test(tmp_path / "a.csv", "id,text,label\n01,sad,neg\n01,,pos\n")
    assert (table["id"].tolist(), table["label"].tolist()) == (["01", "01"], [0, 1])
    table, problems = read_test(tmp_path / "a.csv", "id,text,label\n01,sad,0\n02,glad,\n")
    assert table["label"].tolist() == [UNLABELED] * 2
    assert "labels not used" in problems.read_as


def test_test_tweets_without_ids_get_the_numbers_of_the_rows_unless_another_column_may_hold_them(tmp_path):
    table, problems = read_test(tmp_path / "a.csv", "text;sentiment\nsad;0\nglad;1\n")
    assert (table["id"].tolist(), table["label"].tolist(), problems.ids) == (["1", "2"], [0, 1], "the file has no ids")
    content = "textID,text\nb7,sad\n"
    with pytest.raises(UserError, match=r"no column id in the first line .*--columns id=NAME"):
        read_test(tmp_path / "a.csv", content)
    table, _ = read_test(tmp_path / "a.csv", content, ColumnMapping.parse(["id=textID,target=Class"], []))
    assert table["id"].tolist() == ["b7"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=6), st.data())
def test_ids_of_test_tweets_are_kept_as_given(tmp_path_factory, ids, data):
    delimiter = data.draw(st.sampled_from(",;"))
    text = io.StringIO()
    pd.DataFrame({"id": ids, "text": "so sad"}).to_csv(text, index=False, sep=delimiter, quoting=1)
    table, _ = read_test(tmp_path_factory.mktemp("ids") / "a.csv", text.getvalue())
    assert table["id"].tolist() == ids
