#!/usr/bin/env bash
# Environment, linter, type checker, tests. Arguments go to pytest: bash scripts/test.sh -k folds
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/python -m pytest "$@"
