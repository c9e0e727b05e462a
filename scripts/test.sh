#!/usr/bin/env bash
# Creates the environment, then runs linter, type checker and tests. Arguments are passed to pytest:
#   bash scripts/test.sh -k folds
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
install_locked requirements-test.txt
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
# Tests need no type annotations of their own, but their calls of the package are checked.
.venv/bin/mypy --allow-untyped-defs --allow-incomplete-defs --allow-untyped-calls \
  --allow-any-generics --implicit-reexport --no-strict-optional --no-strict-equality --no-warn-unused-ignores tests
# All tests of a file run in one worker, so that their shared fixtures are created once.
.venv/bin/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder "$@"
