#!/usr/bin/env bash
# Creates the environment, then trains an ensemble from start to finish: data, training, blend, scores, report.
#   bash scripts/run_all.sh                   all tweets, the standard ensemble
#   bash scripts/run_all.sh --preset quick    200,000 tweets, 3 folds
#   bash scripts/run_all.sh --data demo       synthetic tweets, three minutes, no network
#   bash scripts/run_all.sh --help            every flag
# If the run is stopped, the same command continues it.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
repository=$PWD
cd "$typed_in" # paths of --data and --preset are relative to the folder in which the command was typed
exec "$repository/.venv/bin/python" "$repository/scripts/run_all.py" "$@"
