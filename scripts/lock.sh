#!/usr/bin/env bash
# Compiles the requirement files from pyproject.toml with uv, each package pinned to a version and to the hashes of its
# files. Versions stay as they are where they can. Arguments are passed to uv:
#   bash scripts/lock.sh                              after a change of pyproject.toml
#   bash scripts/lock.sh --upgrade                    to the newest versions
#   bash scripts/lock.sh --upgrade-package requests   of one package
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv=${UV:-uv}
if ! command -v "$uv" >/dev/null; then
  echo "error: uv is not installed, install it (pip install uv) or name it: export UV=/path/to/uv" >&2
  exit 2
fi
lock() {
  file=$1
  shift
  echo "compiling $file"
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
    --output-file "$file" pyproject.toml "$@"
}
lock requirements-test.txt --all-extras "$@"
# The others are parts of it: the same versions.
lock requirements.txt --constraint requirements-test.txt --extra train "$@"
lock requirements-predict.txt --constraint requirements-test.txt "$@"
lock requirements-cluster.txt --constraint requirements-test.txt --extra train --extra cluster "$@"
