import pytest

from sentiment140.data.labeled import read_labeled
from sentiment140.errors import UserError
from sentiment140.labels import NEUTRAL

TABLE = """split,label,text
a,positive,so good
a,Negative,"bad, really"
a,neutral,at school
a,negative,See you at NINE
b,negative,see you at nine
b,neutral,at 10
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "labeled.csv"
    path.write_text(TABLE, "utf-8")
    return path


def test_the_other_splits_are_for_training_without_copies_of_test_tweets(path):
    training, test = read_labeled(path, "b")
    assert training.texts == ["so good", "bad, really", "at school"]
    assert training.labels.tolist() == [1, 0, NEUTRAL]
    assert test.texts == ["see you at nine", "at 10"]
    assert test.polar().texts == ["see you at nine"]
    assert len(training.polar()) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the file"),
        ("", "cannot read the file"),
        ("text,label\nx,positive\n", "no column split"),
        ("split,label,text\nb,good,x\n", "good"),
        ("split,label,text\na,positive,x\n", 'unknown split "b"'),
        ('split,label,text\na,positive,"x\n', "cannot read the file"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content, message):
    path = tmp_path / "labeled.csv"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(UserError, match=message) as caught:
        read_labeled(path, "b")
    assert "\n" not in str(caught.value)
