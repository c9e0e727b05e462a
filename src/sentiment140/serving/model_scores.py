"""The scores of a model that its manifest states."""

from dataclasses import dataclass, field, replace

from sentiment140.evaluation.run_scores import ColumnScores, Estimate, JudgeScores, NeutralScores


def percent(share: Estimate) -> str:
    """Return a share with its interval, such as "84.7 % [84.0, 85.5]"."""
    if share.value is None:
        return "–"
    if share.low is None or share.high is None:
        return f"{100 * share.value:.1f} %"
    return f"{100 * share.value:.1f} % [{100 * share.low:.1f}, {100 * share.high:.1f}]"


@dataclass(frozen=True)
class ModelScores:
    """The scores of a model on the tweets of one judge.

    Attributes:
        n: number of tweets.
        accuracy: the accuracy of the model alone, or with terms that are added to its logit.
        roc_auc: its ROC AUC.
        log_loss: its log loss.
        change: the accuracy minus that of the model alone on the same tweets; None for the model alone.
        with_terms: the scores with terms, by their name in `evaluation.judges.SCORINGS`.
        neutral: the scores of this judge's neutral tweets, by scoring, the model alone included; they are not in `n`.
    """

    n: int
    accuracy: Estimate
    roc_auc: Estimate
    log_loss: Estimate
    change: Estimate | None = None
    with_terms: dict[str, "ModelScores"] = field(default_factory=dict)
    neutral: dict[str, NeutralScores] = field(default_factory=dict)

    def percent(self) -> str:
        """Return the accuracy with its interval, such as "84.7 % [84.0, 85.5]"."""
        return percent(self.accuracy)


def model_scores(alone: ColumnScores, judge: JudgeScores | None) -> ModelScores:
    """Return what a manifest states about the scores of a model.

    Args:
        alone: the scores of the model alone.
        judge: the scores on the same tweets, or a sample of them, with terms, and those of neutral tweets; None without
            them.
    """
    with_terms = {
        name: replace(_model_scores(found), change=found.margins["accuracy"].over_tweets)
        for name, found in (judge.scorings if judge else {}).items()
        if found.margins
    }
    return replace(_model_scores(alone), with_terms=with_terms, neutral=judge.neutral if judge else {})


def _model_scores(scores: ColumnScores) -> ModelScores:
    overall = scores.overall
    return ModelScores(scores.n, overall["accuracy"], overall["roc_auc"], overall["log_loss"])
