"""Excel workbooks."""

import builtins
import datetime
import io
import re
import zipfile

import pytest

from sentiment140.errors import UserError
from sentiment140.serving.formats import Options
from sentiment140.serving.formats.excel import Excel


def scored(content: bytes, explanation: str = "so", **options):
    """The workbook, written with the columns `sentiment` of x and `explanation`."""
    openpyxl = pytest.importorskip("openpyxl")  # the extra `excel`
    table = Excel(io.BytesIO(content), "a.xlsx", Options(**options))
    new = [
        (rows, {"sentiment": ["x"] * len(rows), "explanation": [explanation] * len(rows)}) for rows, _ in table.chunks()
    ]
    table.write(sink := io.BytesIO(), ["sentiment", "explanation"], new)
    return openpyxl.load_workbook(io.BytesIO(sink.getvalue()))


def workbook(rows) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.active["A1"].font = openpyxl.styles.Font(bold=True)
    book.create_sheet("notes")["A1"] = "=1+1"
    book.save(file := io.BytesIO())
    return file.getvalue()


ROWS = [
    ["text", "when", "sentiment"],
    ["so good", datetime.datetime(2024, 1, 2), "old"],
    [None, None, None],
    [5, 1, ""],
]


def test_values_formats_and_other_sheets_are_kept():
    book = scored(workbook(ROWS))
    values = [list(row) for row in book.active.iter_rows(values_only=True)]
    assert values[0] == ["text", "when", "sentiment", "sentiment_", "explanation"]
    assert values[1] == ["so good", datetime.datetime(2024, 1, 2), "old", "x", "so"]
    assert [row[3] for row in values[2:]] == [None, "x"]  # the empty row is no tweet
    assert book.active["A1"].font.bold
    assert book["notes"]["A1"].value == "=1+1"


def test_empty_rows_are_kept_and_not_scored_wherever_they_are():
    content = workbook([[None, None], [None, ""], ["n", "text"], [1, "so good"], [None, None], [2, None], [None, ""]])
    table = Excel(io.BytesIO(content), "a.xlsx", Options())
    assert table.rows == 2
    assert list(table.chunks()) == [([4, 6], ["so good", ""])]
    values = [list(row) for row in scored(content).active.iter_rows(values_only=True)]
    assert values[2][2:] == ["sentiment", "explanation"]
    assert [row[2] for row in values][:6] == [None, None, "sentiment", "x", None, "x"]


def test_formulas_are_kept_and_their_missing_values_reported():
    table = Excel(io.BytesIO(workbook(ROWS)), "a.xlsx", Options())
    assert table.remarks() == ["1 formula has no value until Excel or LibreOffice opens the output and saves it"]
    table = Excel(io.BytesIO(workbook([*ROWS, ["so good", "=2+1", "=B2"]])), "a.xlsx", Options())
    assert table.remarks()[0].startswith("3 formulas have no value")
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["so good"])
    book.save(file := io.BytesIO())
    assert Excel(io.BytesIO(file.getvalue()), "a.xlsx", Options()).remarks() == []


def test_a_column_is_replaced_only_on_demand():
    book = scored(workbook(ROWS), replace_columns=True)
    assert [cell.value for cell in book.active[2]][2:] == ["x", "so"]


def test_an_explanation_is_no_formula_and_has_no_control_characters():
    cell = scored(workbook(ROWS), explanation="=1+1\x07").active["E2"]
    assert (cell.value, cell.data_type) == ("=1+1 ", "s")


def test_a_sheet_without_names_of_columns_is_recognized():
    rows = [[1, "I love it"], [2, "so bad"]]
    assert [[cell.value for cell in row] for row in scored(workbook(rows)).active] == [
        [*row, "x", "so"] for row in rows
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text\nfine\n"])
def test_a_file_that_is_no_workbook_is_reported(content):
    with pytest.raises(UserError, match=r"not an Excel workbook, a\.xlsx"):
        scored(content)


def test_an_empty_sheet_is_reported():
    with pytest.raises(UserError, match="the sheet is empty"):
        scored(workbook([]))


def test_without_openpyxl_the_message_says_what_to_type(monkeypatch):
    def without(name, *arguments, **settings):
        if name.startswith("openpyxl"):
            raise ImportError(name)
        return imported(name, *arguments, **settings)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match=r"Excel files need openpyxl, a\.xlsx, run: pip install openpyxl"):
        Excel(io.BytesIO(), "a.xlsx", Options())


def test_of_a_formula_the_computed_value_is_scored_and_the_formula_kept():
    pytest.importorskip("openpyxl")
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["text"], ["=A3"], ["so good"]]))) as old,
        zipfile.ZipFile(content, "w") as new,
    ):
        for name in old.namelist():
            sheet = old.read(name)
            if name.endswith("sheet1.xml"):  # Excel stores the value beside the formula
                sheet = re.sub(rb'<c r="A2"[^>]*>.*?</c>', b'<c r="A2" t="str"><f>A3</f><v>so good</v></c>', sheet)
            new.writestr(name, sheet)
    table = Excel(io.BytesIO(content.getvalue()), "a.xlsx", Options())
    assert [texts for _, texts in table.chunks()] == [["so good", "so good"]]
    assert scored(content.getvalue()).active["A2"].value == "=A3"
