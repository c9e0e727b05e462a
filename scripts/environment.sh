# Sourced by run_all.sh and test.sh: makes .venv beside the README and installs what requirements.txt pins, every file
# by its hash, and this package as an editable installation; again only when one of these files has changed.
set -euo pipefail
typed_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
  echo "error: '$python' is not Python 3.11, 3.12 or 3.13, set PYTHON=/path/to/python3" >&2
  exit 2
fi
if [ ! -f .venv/.made ]; then # also after a `venv` that failed half way
  echo "making the environment .venv"
  "$python" -m venv .venv
  touch .venv/.made
fi
pip() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" >&2
}
install_locked() {
  if ! cmp -s "$1" ".venv/$1"; then
    echo "installing $1 (a minute or two, the first time only)"
    pip --require-hashes -r "$1"
    cp "$1" ".venv/$1"
  fi
}
install_locked requirements.txt
if ! cmp -s pyproject.toml .venv/pyproject.toml; then
  pip --no-build-isolation --no-deps --editable .
  cp pyproject.toml .venv/pyproject.toml
fi
