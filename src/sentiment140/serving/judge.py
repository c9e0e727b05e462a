"""Score the exported models of a run on SemEval's tweets, which no stage before has predicted."""

import logging
from dataclasses import replace
from importlib.util import find_spec

from sentiment140.data.tables import semeval_table
from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.evaluation.judges import judge
from sentiment140.evaluation.run_scores import ALONE, RunScores
from sentiment140.progress.display import showing
from sentiment140.runs.run import Run
from sentiment140.runs.stage import stage
from sentiment140.serving import BEST, FAST
from sentiment140.serving.model_scores import model_scores
from sentiment140.text.tokenize import tokenize

log = logging.getLogger(__name__)

SEMEVAL = "semeval"
"""The key of the judge in `run_scores.JUDGES`."""
_INSTALL = "pip install onnxruntime, then run it again"


def judge_models(run: Run, scores: RunScores) -> RunScores:
    """Score the models in `model/` on SemEval's tweets, as `predict` does, and add the scores to their manifests.

    Args:
        run: the run, with its exported models.
        scores: the scores of the run.

    Returns:
        The scores with those on SemEval's tweets; the same scores without such tweets, models or onnxruntime. Without
        onnxruntime, the log says so.
    """
    tweets = semeval_table(run)
    columns = {BEST: ENSEMBLE} | ({FAST: scores.student.name} if scores.student else {})
    if not len(tweets) or not run.path("model").is_dir():
        return scores
    if find_spec("onnxruntime") is None:  # Kaggle's image does not have it
        log.warning("tweets of semeval.csv not scored: onnxruntime not installed (%s)", _INSTALL)
        return scores
    from sentiment140.serving.models import Model  # needs onnxruntime

    judges = {name: dict(found) for name, found in scores.judges.items()}
    with stage(run, "judge"), showing("judge"):
        tokens, labels, groups = tokenize(tweets["text"]), tweets["label"].to_numpy(), tweets["text_group"].to_numpy()
        for quality, column in columns.items():
            folder = run.path("model") / quality
            model = Model.read(folder)
            for found in judge({column: model.logits(tokens)}, tokens, labels, groups, scores.seed).values():
                judges.setdefault(column, {})[SEMEVAL] = found
                added = {SEMEVAL: model_scores(found.scorings[ALONE], found)}
                replace(model.manifest, scores=model.manifest.scores | added).write(folder)
    return replace(scores, judges=judges)
