# Sourced by run_all.sh and test.sh: makes .venv beside this repository's README and installs what is pinned.
# Usage: source scripts/environment.sh FILE ...      requirement files; installed again only when one has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "error: Python 3.11 or newer is needed, '$python' is not, set PYTHON=/path/to/python3" >&2
  exit 2
fi
if [ ! -x .venv/bin/python ]; then
  echo "making the environment .venv"
  "$python" -m venv .venv
fi
for file in "$@"; do
  stamp=".venv/.installed-${file##*/}"
  if ! cmp -s "$file" "$stamp"; then
    echo "installing $file (a minute or two, the first time only)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$file" >&2
    cp "$file" "$stamp"
  fi
done
if [ ! -e .venv/.installed-package ]; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . >&2
  touch .venv/.installed-package
fi
