"""The notebook runs from its first cell to its last: in a checkout, and with the folders and packages of Kaggle."""

import json
import shutil

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from benchmarks.checkout import SMALL, Checkout
from sentiment140.data.demo import write_demo
from sentiment140.data.sources import TRAIN_FILE
from support import REPOSITORY

NOTEBOOKS = REPOSITORY / "notebooks"
SOURCE = NOTEBOOKS / "sentiment140.ipynb"
SMALLER = SMALL.replace("folds = 3", "folds = 2")
NOT_ON_KAGGLE = ("onnxruntime", "tf2onnx", "ftfy", "wcwidth")


def execute(folder, environment, preset, workers=1, kaggle=None, missing=()):
    """Execute a copy of the notebook.

    Args:
        folder: where it runs.
        environment: the environment variables.
        preset: path of the preset, set in a cell after the settings, as papermill does.
        workers: number of processes that train; another one takes 5 seconds to load TensorFlow.
        kaggle: the folder that stands for /kaggle.
        missing: packages that cannot be imported.

    Returns:
        The executed notebook.
    """
    notebook = nbformat.read(SOURCE, as_version=4)
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    settings = f"PRESET, WORKERS = {str(preset)!r}, {workers}"
    notebook.cells.insert(tags.index(["parameters"]) + 1, nbformat.v4.new_code_cell(settings))
    hide = f"import sys; sys.modules.update(dict.fromkeys({missing}))"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(hide))
    for cell in notebook.cells:
        cell.source = cell.source.replace('"/kaggle', f'"{kaggle or folder / "nowhere"}')
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute(env=environment)
    return notebook


def shown(notebook, name):
    """What a cell shows: its text, and the HTML of its figures and tables."""
    outputs = next(cell.outputs for cell in notebook.cells if cell.id == name)
    return "\n".join(output.get("text") or "".join(output.data.values()) for output in outputs)


@pytest.fixture(scope="module")
def in_checkout(tmp_path_factory):
    """(the executed notebook, the folder of its run) in a checkout without data."""
    checkout = Checkout.of(REPOSITORY, tmp_path_factory.mktemp("notebook") / "checkout")
    folder = checkout.folder / "notebooks"
    folder.mkdir()
    (checkout.folder / "small.toml").write_text(SMALLER)
    notebook = execute(folder, checkout.environment(), checkout.folder / "small.toml")
    return notebook, checkout.submission("demo-small")


@pytest.fixture(scope="module")
def on_kaggle(tmp_path_factory):
    """(the executed notebook, /kaggle/working) with a data set without test tweets and a copy of the project.

    The copy is read only, as data sets are. The packages that Kaggle's image lacks are missing but for msgspec and
    tomli_w, without which nothing runs. Two processes train, which need the path of the code too.
    """
    kaggle = tmp_path_factory.mktemp("kaggle")
    attached, working = kaggle / "input" / "datasets", kaggle / "working"
    checkout = Checkout.of(REPOSITORY, attached / "me" / "sentiment140-code")
    write_demo(kaggle / "demo", 2000, seed=0)
    (attached / "kazanova" / "sentiment140").mkdir(parents=True)
    shutil.move(kaggle / "demo" / TRAIN_FILE, attached / "kazanova" / "sentiment140")
    working.mkdir()
    (kaggle / "small.toml").write_text(SMALLER)
    environment = {**checkout.environment(), "PYTHONPATH": "", "PIP_NO_INDEX": "1"}
    folders = [path for path in (kaggle / "input").rglob("*") if path.is_dir()]
    for path in folders:
        path.chmod(0o555)
    yield execute(working, environment, kaggle / "small.toml", 2, kaggle, NOT_ON_KAGGLE), working
    for path in folders:
        path.chmod(0o755)


def test_in_a_checkout_it_shows_scores_figures_errors_and_predictions(in_checkout):
    notebook, run = in_checkout
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []  # Jupyter shows it in red
    assert "tfidf_logistic" in shown(notebook, "scores")
    assert "DEMO RUN" in shown(notebook, "scores")
    assert shown(notebook, "curves").count("<svg") == 1  # the preset has one network
    assert shown(notebook, "plots").count("<svg") == 4
    assert shown(notebook, "errors").count("<tr>") == 11
    assert "positive" in shown(notebook, "predict")
    assert "I love it" in shown(notebook, "predict")
    assert str(run / "submission.csv") in shown(notebook, "submission")
    assert len(pd.read_csv(run / "submission.csv")) == len(pd.read_csv(run / "predictions.csv")) > 4


def test_on_kaggle_it_predicts_the_examples_without_an_exported_model(on_kaggle):
    notebook, working = on_kaggle
    assert shown(notebook, "code").splitlines()[-4:] == [
        "tf2onnx is not installed: the run has no model/",
        "onnxruntime is not installed: Predictor cannot score tweets",
        "wcwidth is not installed: ftfy does not work",
        "ftfy is not installed: a few garbled texts are not repaired",
    ]
    run = working / "submissions" / "small"
    assert "tfidf_logistic" in shown(notebook, "scores")
    assert "DEMO" not in shown(notebook, "scores")
    for name in ("oof.csv", "scores.json", "report.html", "confident_errors.csv"):
        assert (run / name).is_file()
    assert not (run / "model").exists()
    assert "not exported, the run has no model/: tf2onnx not installed (pip install tf2onnx" in shown(notebook, "run")
    assert "No model to load" in shown(notebook, "predict")
    assert pd.read_csv(working / "submission.csv")["id"].tolist() == [1, 2, 3, 4]
    assert "I love it" in shown(notebook, "submission")


def test_without_the_code_it_says_what_to_attach(tmp_path):
    with pytest.raises(CellExecutionError, match="No copy of the project found: attach one"):
        execute(tmp_path, {}, "quick")


def test_no_output_is_committed_and_the_metadata_name_it():
    notebook = nbformat.read(SOURCE, as_version=4)
    nbformat.validate(notebook)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in notebook.cells if "outputs" in cell)
    metadata = json.loads((NOTEBOOKS / "kernel-metadata.json").read_text())
    assert metadata["code_file"] == SOURCE.name
    assert metadata["enable_internet"] is False
    assert "kazanova/sentiment140" in metadata["dataset_sources"]
