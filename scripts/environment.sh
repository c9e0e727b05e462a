# Creates the environment .venv: installs the pinned packages of requirements.txt, each file verified by its hash, and
# this package in editable mode. Does so again only if requirements.txt or pyproject.toml has changed. run_all.sh and
# test.sh source this script; bash scripts/environment.sh runs it alone.
set -euo pipefail
typed_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
  echo "error: '$python' is not Python 3.11, 3.12 or 3.13, name one of these: export PYTHON=/path/to/python3" >&2
  exit 2
fi
if [ ! -f .venv/.made ]; then # also if a previous `venv` was interrupted
  echo "creating the environment .venv"
  "$python" -m venv .venv
  touch .venv/.made
fi
pip() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" >&2
}
install_locked() {
  if ! cmp -s "$1" ".venv/$1"; then
    echo "installing $1 (a minute or two, the first time only)"
    pip --require-hashes --no-compile -r "$1"
    # 40 CPU seconds for 17,000 files, which pip compiles on one core. Files of Python 2 in some packages fail, as in pip.
    .venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null || true
    cp "$1" ".venv/$1"
  fi
}
install_locked requirements.txt
if ! cmp -s pyproject.toml .venv/pyproject.toml; then
  pip --no-build-isolation --no-deps --editable .
  cp pyproject.toml .venv/pyproject.toml
fi
