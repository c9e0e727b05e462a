"""A model that is shared: the folder with its model card, and the Hugging Face Hub, replaced by a local server."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import Estimate, NeutralScores
from sentiment140.serving.hub import model_card
from sentiment140.serving.model_scores import ModelScores
from sentiment140.serving.predictor import Predictor

COMMIT = "1234567890abcdef1234567890abcdef12345678"


@pytest.fixture
def saved(predictor, tmp_path):
    predictor.save_pretrained(tmp_path / "saved")
    return tmp_path / "saved"


def test_a_saved_model_scores_as_before(predictor, saved):
    again = Predictor.from_pretrained(saved, abstain=0.1)
    assert (again.probability(["good day", ""]) == predictor.probability(["good day", ""])).all()
    assert again.abstain == 0.1
    assert {path.name for path in saved.iterdir()} == {"README.md", *(path.name for path in predictor.folder.iterdir())}
    again.save_pretrained(str(saved))  # onto itself
    assert Predictor.from_pretrained(str(saved)).manifest == predictor.manifest


def test_the_relative_name_of_a_folder_is_never_a_run_or_a_name_on_the_hub(saved, monkeypatch):
    monkeypatch.chdir(saved.parent)
    assert Predictor.from_pretrained("saved").folder == saved


def test_a_model_is_saved_whole_or_refused(predictor, saved, tmp_path):
    damaged = shutil.copytree(saved, tmp_path / "damaged")
    loaded = Predictor.load(damaged)
    (damaged / "fast.onnx").write_bytes(b"")
    with pytest.raises(UserError, match=r"fast\.onnx was changed after training"):
        loaded.save_pretrained(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write .*name another folder"):
        predictor.save_pretrained(tmp_path / "file")


def front_matter(card: str) -> dict:
    """The metadata of a model card, read without a YAML parser: every value is JSON."""
    block = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)[1]
    return {key: json.loads(value) for key, _, value in (line.partition(": ") for line in block.splitlines())}


def test_the_model_card_states_data_scores_limits_use_and_license(predictor):
    manifest = replace(predictor.manifest, data="real", run="standard")
    card = model_card(manifest, {"fast.onnx": 1_500_000})
    holdout = manifest.scores["holdout"]
    row = f"| held-out tweets, labeled by emoticons | model alone | {holdout.n:,} | {holdout.percent()} |  | "
    assert f"{row}{holdout.roc_auc.value:.4f} [" in card
    for part in ("# sentiment140-standard-fast", "from_pretrained", "1.6 million English tweets of 2009", "1.5 MB"):
        assert part in card
    assert all(part in card for part in ("## Limits", manifest.license, manifest.fingerprint))
    metadata = front_matter(card)
    assert (metadata["license"], metadata["pipeline_tag"]) == ("other", "text-classification")
    assert metadata["datasets"] == ["stanfordnlp/sentiment140"]
    metrics = metadata["model-index"][0]["results"][0]["metrics"]
    assert metrics[0] == {"type": "accuracy", "name": "Accuracy", "value": round(holdout.accuracy.value, 6)}


def test_the_card_has_a_row_for_each_judge_and_scoring_with_the_change(predictor):
    value, none = Estimate(0.75, 0.7, 0.8), Estimate(None, None, None)
    with_terms = {
        "default": ModelScores(20, value, none, none, Estimate(-0.0006, -0.0013, 0.0)),
        "with lexicon": ModelScores(10, value, none, none, Estimate(0.1, None, None)),
    }
    scores = {"semeval": ModelScores(20, value, value, none, with_terms=with_terms)}
    manifest = replace(predictor.manifest, data="real", run="standard", scores=scores)
    card, judge = model_card(manifest, {}), "| tweets of SemEval 2016, labeled by people |"
    assert [line for line in card.splitlines() if line.startswith(judge)] == [
        f"{judge} model alone | 20 | 75.0 % [70.0, 80.0] |  | 0.7500 [0.7000, 0.8000] | – |",
        f"{judge} default | 20 | 75.0 % [70.0, 80.0] | -0.06 [-0.13, +0.00] | – | – |",
        f"{judge} with lexicon | 10 | 75.0 % [70.0, 80.0] | +10.00 | – | – |",
    ]
    assert "With `lexicon=True`" in card
    (results,) = front_matter(card)["model-index"][0]["results"]
    assert results["dataset"] == {"type": "semeval2016", "name": "SemEval-2016 Task 4A, test tweets"}
    assert [metric["type"] for metric in results["metrics"]] == ["accuracy", "roc_auc"]


def test_the_card_shows_neutral_tweets_apart(predictor):
    neutral = {
        "model alone": NeutralScores(139, Estimate(0.7842, 0.7203, 0.8537), 0.7269),
        "with lexicon": NeutralScores(139, Estimate(1.0, None, None), 0.6344),
    }
    none = Estimate(None, None, None)
    manifest = replace(predictor.manifest, data="real", scores={"hand_labeled": ModelScores(359, none, none, none)})
    card = model_card(manifest, {})
    assert "neutral ones" not in card
    card = model_card(
        replace(manifest, scores={"hand_labeled": ModelScores(359, none, none, none, neutral=neutral)}), {}
    )
    table = card[card.index("Tweets that people call neutral") :].splitlines()
    assert table[2:6] == [
        "| tweets | scoring | neutral ones | called positive | mean probability of positive |",
        "|---|---|---|---|---|",
        "| tweets labeled by people | model alone | 139 | 78.4 % [72.0, 85.4] | 0.727 |",
        "| tweets labeled by people | with lexicon | 139 | 100.0 % | 0.634 |",
    ]
    assert card.index("## Scores") < card.index("neutral ones") < card.index("## Limits")


def test_the_card_of_a_demo_model_says_so_and_names_no_real_data(saved):
    card = (saved / "README.md").read_text()
    assert "**DEMO: trained on synthetic tweets" in card
    assert "stanfordnlp" not in card
    assert "1.6 million" not in card


def test_the_card_of_a_model_without_scores_says_so(predictor):
    card = model_card(replace(predictor.manifest, scores={}), {})
    assert "Not measured." in card
    assert "model-index" not in front_matter(card)


def test_the_hub_reads_the_front_matter(saved):
    hub = pytest.importorskip("huggingface_hub")
    card = hub.ModelCard.load(saved / "README.md")
    assert card.data.model_name == "sentiment140-demo-tiny-fast"
    assert card.data.language == ["en"]
    results = {(result.dataset_name, result.metric_type): result.metric_value for result in card.data.eval_results}
    assert ("synthetic tweets, synthetic test tweets", "accuracy") in results


def test_without_huggingface_hub_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(
        ImportError, match=r"me/model is no folder, and .* needs huggingface_hub: pip install huggingface"
    ):
        Predictor.from_pretrained("me/model")


@pytest.fixture
def hub(saved):
    """(address, the requests so far) of a server that answers as the Hub does, with the repository me/model."""
    pytest.importorskip("huggingface_hub")
    (saved / "evil.pkl").write_bytes(b"never downloaded")
    files = {path.name: path.read_bytes() for path in saved.iterdir()}
    requested = []

    class Hub(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            path = urlsplit(self.path).path
            requested.append(path)
            name = path.rpartition("/")[2]
            if path.startswith("/api/models/me/model/tree/"):
                tree = [{"type": "file", "path": file, "size": len(files[file]), "oid": file} for file in files]
                self.answer(200, json.dumps(tree).encode())
            elif path.startswith("/api/models/me/model"):
                siblings = [{"rfilename": file} for file in files]
                found = {"_id": "1", "id": "me/model", "sha": COMMIT, "siblings": siblings}
                self.answer(200, json.dumps(found).encode())
            elif path.startswith(("/me/model/resolve/", "/api/resolve-cache/")) and name in files:
                self.answer(200, files[name], ETag=f'"{sha256(files[name]).hexdigest()}"')
            else:
                self.answer(404, b"{}", **{"X-Error-Code": "RepoNotFound"})

        do_GET = do_HEAD  # noqa: N815 - http.server's name

        def answer(self, status, content, **headers):
            self.send_response(status)
            headers |= {
                "Content-Length": str(len(content)),
                "X-Repo-Commit": COMMIT,
                "Content-Type": "application/json",
            }
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requested
        server.shutdown()


def load_from(address, tmp_path, name, **environment):
    """Load a model in another process, which reads HF_ENDPOINT as it imports huggingface_hub."""
    code = (
        "from sentiment140 import Predictor\nfrom sentiment140.errors import UserError\n"
        f"try:\n    print(*Predictor.from_pretrained({name!r}).probability(['good day', '']))\n"
        "except UserError as error:\n    print('error:', error)"
    )
    variables = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    variables |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=tmp_path, env=variables | environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_model_of_the_hub_is_downloaded_once_and_nothing_but_its_files(hub, predictor, tmp_path):
    address, requested = hub
    expected = pytest.approx(list(predictor.probability(["good day", ""])))
    assert list(map(float, load_from(address, tmp_path, "me/model").split())) == expected
    assert any(path.endswith("fast.onnx") for path in requested)
    assert not [path for path in requested if path.endswith(("evil.pkl", "README.md"))]
    offline = load_from("http://127.0.0.1:9", tmp_path, "me/model", HF_HUB_OFFLINE="1")
    assert list(map(float, offline.split())) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("me/absent", r"error: no folder and no public model me/absent, on http://127\.0\.0\.1:\d+, check the name"),
        ("no/such/folder", "error: no such folder, no/such/folder, name a folder, or a model on the Hub"),
    ],
)
def test_a_name_that_is_no_model_is_reported_in_one_line(hub, tmp_path, name, message):
    printed = load_from(hub[0], tmp_path, name)
    assert re.match(message, printed)
    assert "\n" not in printed


def test_a_network_that_fails_is_reported_in_one_line(tmp_path):
    pytest.importorskip("huggingface_hub")
    printed = load_from("http://127.0.0.1:9", tmp_path, "me/model")
    assert re.match(r"error: cannot download me/model \(.*\), on http://127\.0\.0\.1:9, check the name", printed)
    assert "\n" not in printed


def test_the_model_card_states_how_scores_depend_on_groups_of_people(predictor, tmp_path):
    predictor.save_pretrained(tmp_path)
    card = (tmp_path / "README.md").read_text("utf-8")
    assert "## Bias" in card
    assert "| religion | 25 |" in card
    assert card.index("## Scores") < card.index("## Bias") < card.index("## Limits")
    assert "## Bias" not in model_card(predictor.manifest, {})
