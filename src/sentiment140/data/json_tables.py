"""Recognize JSON files that hold a whole table in one object, as pandas' `to_json` writes them."""

import re

from sentiment140.errors import UserError

_ORIENTS = {
    "split": re.compile(r'\{\s*"columns"\s*:\s*\['),
    "table": re.compile(r'\{\s*"schema"\s*:\s*\{\s*"fields"\s*:\s*\['),
    "index": re.compile(r'\{\s*"\d+"\s*:\s*\{'),
    "columns": re.compile(r'\{\s*"[^"]*"\s*:\s*\{\s*"\d+"\s*:'),
}


def refuse_json_table(head: str, source: str) -> None:
    """Refuse a JSON file that does not hold records.

    Args:
        head: the start of the file, decoded.
        source: its name, for the error message.

    Raises:
        UserError: it is a table with another orientation, such as the default one of `to_json`.

    Examples:
        >>> refuse_json_table('{"text": "so sad"}', "a.json")
        >>> refuse_json_table('{"text":{"0":"so sad","1":"so glad"}}', "a.json")
        Traceback (most recent call last):
        sentiment140.errors.UserError: the JSON is a table of pandas with orient="columns", a.json, write records: \
df.to_json("FILE", orient="records")
    """
    start = head.lstrip("\ufeff \t\r\n")
    for orient, pattern in _ORIENTS.items():
        if pattern.match(start):
            remedy = 'write records: df.to_json("FILE", orient="records")'
            raise UserError(f'the JSON is a table of pandas with orient="{orient}"', source, remedy)
