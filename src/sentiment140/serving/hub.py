"""Share a model: a folder with a model card, and the Hugging Face Hub."""

import json
from collections.abc import Sequence
from pathlib import Path

from sentiment140 import __version__
from sentiment140.errors import UserError
from sentiment140.evaluation.identity import IdentityRow, identity_rows
from sentiment140.evaluation.run_scores import ALONE, JUDGES, Estimate
from sentiment140.runs.files import atomic_path
from sentiment140.serving.manifest import NAME, Manifest
from sentiment140.serving.model_scores import percent
from sentiment140.serving.models import Model

_FILES = (NAME, "*.onnx", "*.npz", "vocabulary-*.txt")
_CARD = "README.md"
_INSTALL = "pip install huggingface_hub"


def download_model(name: str, revision: str | None) -> Path:
    """Download a model from the Hugging Face Hub, or find it in the cache.

    Args:
        name: the name of its repository, such as "me/sentiment140".
        revision: branch, tag or commit; None for the newest.

    Returns:
        The folder in the cache of huggingface_hub.

    Raises:
        ImportError: huggingface_hub is not installed.
        UserError: there is neither a folder nor a repository of that name, or the network fails.
    """
    try:
        from huggingface_hub import constants, snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError
    except ImportError as error:
        what = f"{name} is no folder, and loading it from the Hugging Face Hub needs huggingface_hub"
        raise ImportError(f"{what}: {_INSTALL}", name="huggingface_hub") from error
    where, remedy = f"on {constants.ENDPOINT}", "check the name and the network"
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(_FILES)))
    except HFValidationError as error:
        raise UserError("no such folder", name, "name a folder, or a model on the Hub such as me/model") from error
    except RepositoryNotFoundError as error:
        raise UserError(f"no folder and no public model {name}", where, remedy) from error
    except (OSError, LocalEntryNotFoundError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"cannot download {name} ({reason})", where, remedy) from error


def write_model(model: Model, folder: Path) -> None:
    """Write the files of a model and its model card.

    Args:
        model: the model.
        folder: created if missing; files of the same names are replaced, the manifest last.

    Raises:
        UserError: the folder cannot be written, or the files of the model were changed since it was loaded.
    """
    files = model.files()
    differences = identity_rows(lambda texts: model.logits(model.tokens(texts)))
    card = model_card(model.manifest, {name: len(content) for name, content in files.items()}, differences)
    contents = {**files, _CARD: card.encode(), NAME: files[NAME]}
    del files
    try:
        for name in sorted(contents, key=lambda name: name == NAME):
            with atomic_path(folder / name) as path:
                path.write_bytes(contents[name])
    except OSError as error:
        raise UserError(f"cannot write ({error.strerror or error})", str(folder), "name another folder") from error


def model_card(manifest: Manifest, sizes: dict[str, int], differences: Sequence[IdentityRow] = ()) -> str:
    """Write the model card: data, scores with intervals, bias, limits, use and license.

    Args:
        manifest: the manifest of the model.
        sizes: the size of each file in bytes, by name.
        differences: how much the model's logits depend on groups of people.

    Returns:
        Markdown with the front matter of the Hugging Face Hub.
    """
    demo = manifest.data == "demo"
    name = f"sentiment140-{manifest.run}-{manifest.quality}"
    members = ", ".join(f"`{member.name}`" for member in manifest.members)
    model = "one small network, trained to reproduce an ensemble" if manifest.quality == "fast" else "an ensemble"
    warning = "**DEMO: trained on synthetic tweets. Its answers mean nothing.**\n\n" if demo else ""
    data = (
        "20,000 synthetic tweets that the program made."
        if demo
        else "Sentiment140 (Go, Bhayani and Huang 2009): 1.6 million English tweets of 2009, labeled negative or "
        "positive by their emoticons, which were removed."
    )
    return f"""{_front_matter(manifest, name)}
# {name}

{warning}Sentiment of English tweets: negative or positive, with a calibrated probability.
{model.capitalize()}, in ONNX and NumPy files ({sum(sizes.values()) / 1e6:.1f} MB).
Members: {members}. Scoring needs neither TensorFlow nor PyTorch.

## How to use it

```python
from sentiment140 import Predictor  # version {__version__}, model format {manifest.format}

predictor = Predictor.from_pretrained("FOLDER_OR_NAME_ON_THE_HUB")
predictor.predict(["I love it", "not my day"])  # array(['positive', 'negative'], dtype='<U9')
predictor.predict_proba(["I love it"])  # columns: negative, positive
```

`Predictor` is a fitted scikit-learn classifier of texts.

## Data

{data} Fingerprint of the training tweets: `{manifest.fingerprint}`.

## Scores

In brackets: 95 % interval, from resampling texts. It does not cover training.

{_table(manifest)}

{_bias(differences)}## Limits

- English tweets of 2009. Other years and topics are scored less well; in other languages the probability means nothing.
- A text without a known word gets the share of positives among such training tweets.
- With two labels, a neutral tweet gets one of them, often with a probability near 0.5.
  `from_pretrained(..., abstain=0.2)` labels probabilities between 0.3 and 0.7 "uncertain"; `labels=3` says negative,
  neutral or positive, as readers do.
- The labels of the training tweets are emoticons, some of them wrong.
- The model learned from unfiltered tweets and repeats their biases. Use it for research and statistics, not to judge a
  person.

## License

{manifest.license}
"""


def _front_matter(manifest: Manifest, name: str) -> str:
    """The metadata that the Hub reads: https://huggingface.co/docs/hub/model-cards. JSON is valid in YAML."""
    dataset = {"type": "sentiment140", "name": "Sentiment140"}
    if manifest.data == "demo":
        dataset = {"type": "synthetic", "name": "synthetic tweets"}
    results = [
        {
            "task": {"type": "text-classification", "name": "Sentiment of tweets"},
            "dataset": _SEMEVAL
            if part == "semeval"
            else dataset | {"name": f"{dataset['name']}, {manifest.judge(part)}"},
            "metrics": [
                {"type": metric, "name": title, "value": round(value, 6)}
                for metric, title in _METRICS.items()
                if (value := getattr(manifest.scores[part], metric).value) is not None
            ],
        }
        for part in JUDGES
        if part in manifest.scores
    ]
    metadata = {
        "language": ["en"],
        "license": "other",
        "license_name": "sentiment140",
        "license_link": _CARD,
        "library_name": "sentiment140",
        "pipeline_tag": "text-classification",
        "tags": ["sentiment-analysis", "twitter", "onnx"],
        **({} if manifest.data == "demo" else {"datasets": ["stanfordnlp/sentiment140"]}),
        "metrics": ["accuracy", "roc_auc"],
        **({"model-index": [{"name": name, "results": results}]} if results else {}),
    }
    return "\n".join(["---", *(f"{key}: {json.dumps(value)}" for key, value in metadata.items()), "---"])


_SEMEVAL = {"type": "semeval2016", "name": "SemEval-2016 Task 4A, test tweets"}
_SCORINGS = (
    "By default, `Predictor` adds terms for emoji and emoticons to the logit of the model. With `lexicon=True` it adds "
    "what words mean to those who read them: use it for tweets about brands, news or politics. The change is that of "
    "the accuracy against the model alone, in points."
)
_NEUTRAL = (
    "Tweets that people call neutral are in none of these scores. With two labels, a model calls each of them negative "
    "or positive:"
)
_METRICS = {"accuracy": "Accuracy", "roc_auc": "ROC AUC", "log_loss": "Log loss"}


def _table(manifest: Manifest) -> str:
    rows = [
        f"| {manifest.judge(part)} | {scoring} | {found.n:,} | {found.percent()} "
        f"| {_points(found.change)} | {_decimals(found.roc_auc)} | {_decimals(found.log_loss)} |"
        for part in JUDGES
        if (scores := manifest.scores.get(part)) is not None
        for scoring, found in {ALONE: scores, **scores.with_terms}.items()
    ]
    if not rows:
        return f"The model was {manifest.adaptation.describe()}." if manifest.adaptation else "Not measured."
    headings = ("tweets", "scoring", "n", "accuracy", "change", "ROC AUC", "log loss")
    table = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}", *rows]
    has_terms = any(scores.with_terms for scores in manifest.scores.values())
    return "\n".join([*table, *(["", _SCORINGS] if has_terms else []), *_neutral(manifest)])


def _neutral(manifest: Manifest) -> list[str]:
    """The lines about neutral tweets; none without scores of such tweets."""
    rows = [
        f"| {manifest.judge(part)} | {scoring} | {found.n:,} | {percent(found.positive)} | {found.probability:.3f} |"
        for part in JUDGES
        if part in manifest.scores
        for scoring, found in manifest.scores[part].neutral.items()
    ]
    headings = ("tweets", "scoring", "neutral ones", "called positive", "mean probability of positive")
    return ["", _NEUTRAL, "", f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}", *rows] if rows else []


def _points(change: Estimate | None) -> str:
    """`-4.16 [-4.54, -3.77]`: a change in percentage points; empty for None."""
    if change is None or change.value is None:
        return ""
    value, *limits = (
        f"{100 * number:+.2f}" for number in (change.value, change.low, change.high) if number is not None
    )
    return f"{value} [{', '.join(limits)}]" if limits else value


def _bias(differences: Sequence[IdentityRow]) -> str:
    if not differences:
        return ""
    rows = [
        f"| {row.kind} | {row.pairs} | {row.mean:.2f} | {row.largest:+.2f} ({row.where}) | {row.flips} |"
        for row in differences
    ]
    head = ["| groups of people by | pairs | mean | largest | two labels |", "|---|---|---|---|---|"]
    table = "\n".join([*head, *rows])
    return f"""## Bias

Sentences such as "a white man walked in" and "a black man walked in" should get the same score. This is the difference
of the logit of positive within such pairs, its size and the largest one, and the number of pairs with two labels. What
is added to the logit for words has no weight for groups of people. The networks are left as they are.

{table}

"""


def _decimals(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    interval = "" if estimate.low is None else f" [{estimate.low:.4f}, {estimate.high:.4f}]"
    return f"{estimate.value:.4f}{interval}"
