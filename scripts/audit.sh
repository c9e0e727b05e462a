#!/usr/bin/env bash
# Lists what a requirement file installs: licenses, a software bill of materials (CycloneDX) and known vulnerabilities.
#   bash scripts/audit.sh                            what scoring takes: requirements-predict.txt
#   bash scripts/audit.sh requirements.txt           what training takes
#   bash scripts/audit.sh requirements.txt --ignore-vuln ID   further arguments are passed to pip-audit
# Licenses and bill are written to build/audit/<requirements>/. Exit code 1: a license that pyproject.toml does not
# permit, or a known vulnerability.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

requirements=${1:-requirements-predict.txt}
shift || true
if [ ! -f "$requirements" ]; then
  echo "error: no such file, $requirements, name one of these: $(echo requirements*.txt)" >&2
  exit 2
fi
install_locked requirements-test.txt # the tools; they look at an environment of its own, which holds nothing else
folder=build/audit/$(basename "$requirements" .txt)
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
mkdir -p "$folder"
echo "installing $requirements into a new environment" >&2
.venv/bin/python -m venv --without-pip "$environment"
PIP_PYTHON=$environment pip --require-hashes -r "$requirements"
.venv/bin/cyclonedx-py environment "$environment" --pyproject pyproject.toml --output-reproducible \
  --output-file "$folder/sbom.json"
.venv/bin/pip-licenses --python "$environment/bin/python" --output-file "$folder/licenses.md" >&2
cat "$folder/licenses.md"
# Strict: a package that the service does not know is an error, not a package without vulnerabilities.
.venv/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off --requirement "$requirements" "$@"
