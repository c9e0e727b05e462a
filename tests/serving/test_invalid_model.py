"""Model folders whose checksums are right but whose content is not: each is refused with one line."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sentiment140.errors import UserError
from sentiment140.runs.files import dumps_checked, sha256_of
from sentiment140.serving.manifest import Manifest
from sentiment140.serving.models import Model


@pytest.fixture
def model(demo_run, tmp_path):
    """A copy of the ensemble's model folder, to be changed."""
    return Path(shutil.copytree(demo_run[1] / "model" / "best", tmp_path / "model"))


def content_of(model: Path) -> dict[str, Any]:
    return json.loads((model / "manifest.json").read_text("utf-8"))


def file_of(model: Path, model_type: str) -> Path:
    return (
        model
        / next(member for member in content_of(model)["members"] if member["model_type"] == model_type)["files"][0]
    )


def seal(model: Path, content: dict[str, Any]) -> None:
    """Write the manifest as somebody who wants it to look right."""
    content.pop("seal", None)
    names = {path.name for path in model.iterdir()}
    content["sha256"] = {
        name: sha256_of(model / name) if name in names else digest for name, digest in content["sha256"].items()
    }
    (model / "manifest.json").write_text(dumps_checked(content))


def refused(model: Path, reported: str) -> None:
    with pytest.raises(UserError, match=reported) as caught:
        Model.read(model)
    assert "\n" not in str(caught.value)


MEMBER, TEXT, BLEND = ("members", 0), ("members", 0, "text"), ("ensemble", "blend")


@pytest.mark.parametrize(
    ("keys", "value", "reported"),
    [
        ((*MEMBER, "files", 0), "../outside.onnx", r"no checksum of '\.\./outside\.onnx'"),
        ((*MEMBER, "files", 0), "/etc/passwd", "no checksum of '/etc/passwd'"),
        ((*MEMBER, "vocabulary"), "../../etc/passwd", r"no checksum of '\.\./\.\./etc/passwd'"),
        (("sha256",), {}, "no checksum of 'vocabulary-"),
        (("sha256", "../outside.onnx"), "0" * 64, r"'\.\./outside\.onnx' is not the name of a file in this folder"),
        (("sha256", "/etc/passwd"), "0" * 64, "'/etc/passwd' is not the name"),
        (("sha256", ".."), "0" * 64, r"'\.\.' is not the name"),
        (("sha256", "manifest.json"), "0" * 64, "'manifest.json' is not the name"),
        (("sha256", "a\nb"), "0" * 64, r"'a\\nb' is not the name"),
        (("sha256", "x" * 256), "0" * 64, r"'x{56}\.\.\. is not the name"),
        ((*MEMBER, "files"), [], "no files, for "),
        ((*MEMBER, "model_type"), "pickle", "unknown model type"),
        ((*MEMBER, "ngrams"), 0, "ngrams must be from 1 to 3"),
        ((*MEMBER, "ngrams"), 4, "ngrams must be from 1 to 3"),
        ((*TEXT, "bucket"), 0, "bucket must be at least 1"),
        ((*TEXT, "bucket"), 10**9, "must be a multiple of bucket"),
        ((*TEXT, "max_length"), 10**6, "max_length 1000000 must be at most 10,000"),
        ((*TEXT, "stopwords"), "x", "unknown stopwords"),
        (("members",), [], "no members"),
        (("members", 1, "name"), "conv_bilstm", "two members have the same name"),
        ((*BLEND, "weights"), [1.0], r"1 weights for \d members"),
        ((*BLEND, "confidence_weights"), [1.0], r"weights for \d members"),
        ((*BLEND, "weights", 0), 1e308, r"a number is 1e\+308"),
        ((*BLEND, "cap"), float("nan"), "a number is nan"),
        (("ensemble", "slope"), float("nan"), "a number is nan"),
        (("ensemble", "intercept"), float("-inf"), "a number is -inf"),
        (("scores", "oof", "accuracy", "value"), float("inf"), "a number is inf"),
        (("data",), "x", "unknown data"),
        (("run",), "\x1b[31m\n", r"the run is '\\x1b\[31m\\n'"),
    ],
)
def test_a_manifest_that_means_something_invalid_is_refused(model, keys, value, reported):
    content = content_of(model)
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    (model.parent / "outside.onnx").write_bytes(b"")
    seal(model, content)
    refused(model, reported)


@pytest.mark.parametrize(
    "text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, " " * (1 << 20) + "{}", "9" * 10_000]
)
def test_a_manifest_that_takes_too_much_to_read_is_damaged(model, text):
    (model / "manifest.json").write_text(text)
    refused(model, r"manifest\.json is damaged")


def test_a_manifest_that_is_a_pipe_is_none(model):
    (model / "manifest.json").unlink()
    os.mkfifo(model / "manifest.json")
    refused(model, "no model found")


def test_the_format_in_a_message_is_shortened(model):
    (model / "manifest.json").write_text(json.dumps({"format": "\n" * 10_000}))
    with pytest.raises(UserError) as caught:
        Manifest.read(model)
    assert len(str(caught.value)) < 300


def network(weight: float, location: str = "", inputs: int = 1, outputs: int = 2) -> bytes:
    """An ONNX file that gives sigmoid(weight x mean of the ids), with its weight perhaps in another file."""
    tensor = numpy_helper.from_array(np.array([weight], np.float32), "weight")
    if location:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
    nodes = [
        helper.make_node("Cast", ["ids0"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["mean"], axes=[1]),
        helper.make_node("Mul", ["mean", "weight"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    names = ["probability", "mean"][:outputs]  # the mean is in the place of the hidden units
    ids = [helper.make_tensor_value_info(f"ids{n}", TensorProto.INT32, ["n", "width"]) for n in range(inputs)]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1]) for name in names]
    graph = helper.make_graph(nodes, "network", ids, results, [tensor])
    opset = [helper.make_opsetid("", 13)]
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (network(1.0), ""),
        (network(float("nan")), "a model of .* gives no probability"),
        (network(1.0, inputs=2), r"\.onnx is not a valid model"),
        (network(1.0, outputs=1), r"\.onnx is not a valid model \(it has no hidden units beside the probability\)"),
        (network(1.0, "weight.bin"), r"\.onnx is not a valid model"),
        (network(1.0, "../weight.bin"), r"\.onnx is not a valid model"),
        (b"", r"\.onnx is not a valid model"),
        (b"garbage", r"\.onnx is not a valid model"),
    ],
)
def test_an_invalid_network_or_one_with_weights_in_other_files_is_refused(model, monkeypatch, content, reported):
    for folder in (model, model.parent):
        (folder / "weight.bin").write_bytes(np.float32(1).tobytes())
    monkeypatch.chdir(model)  # onnxruntime looks there for weights in other files
    file_of(model, "onnx").write_bytes(content)
    seal(model, content_of(model))
    if reported:
        refused(model, reported)
    else:
        Model.read(model)


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        ({"coefficients": lambda array: array * np.nan}, "NaN or too large"),
        ({"idf": lambda array: array + 1e7}, "NaN or too large"),
        ({"intercept": lambda array: array * np.inf}, "NaN or too large"),
        ({"terms": lambda array: array[::-1]}, "not sorted"),
        ({"terms": lambda array: array.astype(float)}, "not sorted"),
        ({"terms": lambda array: array[:0]}, "not sorted"),
        ({"idf": lambda array: array[1:]}, "different lengths"),
        ({"intercept": lambda array: array[1:]}, "different lengths"),
        ({"intercept": lambda _: np.array([{}], object)}, "not a valid model"),
        ({"idf": None}, "not a valid model"),
    ],
)
def test_invalid_arrays_are_refused(model, changes, reported):
    path = file_of(model, "ngrams")
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    for name, change in changes.items():
        array = arrays.pop(name)
        if change is not None:
            arrays[name] = change(array)
    np.savez(path, **arrays)
    seal(model, content_of(model))
    refused(model, rf"{path.name} is not a valid model \(.*{reported if reported != 'not a valid model' else ''}")


def test_arrays_that_a_small_file_could_fill_the_memory_with_are_refused(model):
    np.savez_compressed(path := file_of(model, "ngrams"), terms=np.zeros(10_000_000, np.int64))
    seal(model, content_of(model))
    refused(model, rf"{path.name} is not a valid model \(its arrays are compressed too much\)")


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        (b"", "is not a vocabulary"),
        (b"\n<unknown>\ncaf\xe9", "is not a vocabulary"),
        (b"good\nbad", "is not a vocabulary"),
        (b"\n<unknown>" + b"\nword" * (1 << 20), "is not a vocabulary"),
        (b"\n<unknown>" + b"\nword" * 90_000, "a model of conv_bilstm fails"),
    ],
)
def test_an_invalid_vocabulary_or_that_of_another_model_is_refused(model, words, reported):
    content = content_of(model)
    (model / content["members"][0]["vocabulary"]).write_bytes(words)
    seal(model, content)
    refused(model, reported)


def test_members_with_different_numbers_of_folds_are_refused(model):
    content = content_of(model)
    content["members"][0]["files"].append(content["members"][0]["files"][0])
    seal(model, content)
    refused(model, "different numbers of folds")


def test_a_model_that_fails_for_some_tweets_only_is_reported(model):
    loaded = Model.read(model)
    name = loaded.manifest.members[0].name
    nan = replace(loaded._models[name][0], probability=lambda ids: np.full((1, len(ids)), np.nan))
    loaded._models[name] = [nan] * len(loaded._models[name])
    with pytest.raises(UserError, match=f"a model of {name} gives no probability"):
        loaded.logits(loaded.tokens(["so good"]))
