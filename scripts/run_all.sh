#!/usr/bin/env bash
# The whole competition: environment, data, training, blend, scores, report.
#   bash scripts/run_all.sh                   all tweets, the standard ensemble
#   bash scripts/run_all.sh --preset quick    200,000 tweets, 3 folds
#   bash scripts/run_all.sh --data demo       synthetic tweets, three minutes, no network
#   bash scripts/run_all.sh --help            every option
# A run that was stopped continues where it was when the same command is typed again.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
repository=$PWD
cd "$typed_in" # paths after --data and --preset are relative to where the command is typed
exec "$repository/.venv/bin/python" "$repository/scripts/run_all.py" "$@"
