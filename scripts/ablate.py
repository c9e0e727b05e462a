"""Changes one choice of a member at a time and prints what each is worth, over several seeds.

python scripts/ablate.py                       400,000 tweets, 3 folds, 3 seeds
python scripts/ablate.py --seeds 1             one seed
python scripts/ablate.py --members stopwords_removed,punctuation_removed --run signs
python scripts/ablate.py --data demo           made-up tweets, no network

Each seed draws its own sample, folds and models, and is a run of its own, submissions/ablation-seed0 and so on; one
that was stopped continues where it was. The table goes to submissions/ablation.csv, in place of the one in git; with
--run NAME to submissions/NAME.csv.
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, trains, compares, prints."""
    parser = cli.parser(__doc__)
    runs.ablation_arguments(parser)
    arguments = parser.parse_args()
    experiments = runs.ablation_experiments(arguments)
    from sentiment140 import pipeline

    table, path = pipeline.ablate(
        cli.folders(), experiments, runs.CHOSEN, arguments.run, arguments.data, runs.executor(arguments)
    )
    losses = dict.fromkeys(("log_loss", "log_loss_change"), 4)
    print(table.round(dict.fromkeys(table.columns, 2) | losses).to_string(index=False), "", path, sep="\n")


if __name__ == "__main__":
    cli.guarded(main, continues=True)
