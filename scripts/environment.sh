# Sourced by run_all.sh and test.sh: makes .venv beside this repository's README and installs what is pinned there,
# every file by its hash; again only when that has changed.
set -euo pipefail
typed_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
  echo "error: Python 3.11, 3.12 or 3.13 is needed, '$python' is none, set PYTHON=/path/to/python3" >&2
  exit 2
fi
if [ ! -f .venv/.made ]; then  # which is what is missing after a `venv` that failed
  echo "making the environment .venv"
  "$python" -m venv .venv
  # the package where it stands, as an editable installation has it, without building anything
  echo "$PWD/src" >"$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/sentiment140.pth"
  touch .venv/.made
fi
install_locked() {
  if ! cmp -s "$1" ".venv/$1"; then
    echo "installing $1 (a minute or two, the first time only)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1" >&2
    cp "$1" ".venv/$1"
  fi
}
install_locked requirements.lock
