"""The summary of the data of a run, which can be read without pandas."""

from typing import Any

from sentiment140.runs.run import Run

ABOUT = "work/about.json"


def about(run: Run) -> dict[str, Any]:
    """Read the summary of the data that `tables.write_tables` wrote.

    Returns:
        The content of `work/about.json`, such as the number of tweets, their source, how the files were read, and the
        coverage of the vectors.
    """
    return run.read_json(ABOUT)
