#!/usr/bin/env bash
# Environment, linter, type checker, tests. Arguments go to pytest: bash scripts/test.sh -k folds
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
install_locked requirements-test.txt
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
# tests need no annotations of their own, but what they call is checked
.venv/bin/mypy --allow-untyped-defs --allow-incomplete-defs --allow-untyped-calls --no-strict-optional tests
# a file stays with one worker, so that what its tests share is made once
.venv/bin/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder "$@"
