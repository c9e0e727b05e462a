#!/usr/bin/env bash
# Environment, linter, type checker, tests. Arguments go to pytest: bash scripts/test.sh -k folds
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
install_locked requirements-test.lock
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
# a file stays with one worker, so that what its tests share is made once
.venv/bin/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder "$@"
