"""`bash scripts/audit.sh`, run for real on a package of its own, with a vulnerability service on this machine."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support import REPOSITORY

LOCKS = sorted(path.name for path in REPOSITORY.glob("requirements*.txt"))
VULNERABLE = {"vulns": [{"id": "PYSEC-0000-1", "aliases": [], "details": "it is only a test", "affected": []}]}


class VulnerabilityService(BaseHTTPRequestHandler):
    """OSV's API for a query of one package."""

    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(VULNERABLE if query["package"]["name"] == "weak" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def service():
    with ThreadingHTTPServer(("127.0.0.1", 0), VulnerabilityService) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A checkout whose environment is the one that runs the tests, with three packages to install."""
    folder = tmp_path_factory.mktemp("audit")
    shutil.copytree(REPOSITORY / "scripts", folder / "scripts")
    venv = folder / ".venv"
    venv.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (venv / name).symlink_to(Path(sys.prefix) / name)
    (venv / ".made").touch()
    for name in ("pyproject.toml", *LOCKS):
        shutil.copy(REPOSITORY / name, folder)
        shutil.copy(REPOSITORY / name, venv)
    for name, license in (("good", "MIT"), ("weak", "MIT"), ("copyleft", "AGPL-3.0-only")):
        digest = write_wheel(folder / "wheels" / f"{name}-1.0-py3-none-any.whl", name, license)
        (folder / f"{name}.txt").write_text(f"{name}==1.0 --hash=sha256:{digest}\n")
    return folder


def write_wheel(path: Path, name: str, license: str) -> str:
    """Write a package without code, and return the SHA-256 of its file."""
    path.parent.mkdir(exist_ok=True)
    information = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(
            f"{information}/METADATA",
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nLicense-Expression: {license}\n",
        )
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def audit(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout / "wheels"), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        ["bash", "scripts/audit.sh", *arguments],
        cwd=checkout, env={**os.environ, **offline}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_licenses_and_the_bill_of_materials_are_those_of_the_requirements_alone(checkout, service):
    done = audit(checkout, "good.txt", "--vulnerability-service", "osv", "--osv-url", service)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^\| (\w+) +\| ([\d.]+) +\| ([\w-]+) +\|$", done.stdout, re.MULTILINE) == [
        ("good", "1.0", "MIT")
    ]
    written = checkout / "build" / "audit" / "good"
    assert (written / "licenses.md").read_text() in done.stdout
    bill = json.loads((written / "sbom.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "sentiment140"
    assert [component["purl"] for component in bill["components"]] == ["pkg:pypi/good@1.0"]
    assert '"id": "MIT"' in json.dumps(bill["components"])


def test_a_known_vulnerability_is_an_error_unless_it_is_accepted(checkout, service):
    chosen = ("weak.txt", "--vulnerability-service", "osv", "--osv-url", service)
    done = audit(checkout, *chosen)
    assert done.returncode == 1
    assert re.search(r"^weak +1\.0 +PYSEC-0000-1", done.stdout, re.MULTILINE)
    assert audit(checkout, *chosen, "--ignore-vuln", "PYSEC-0000-1").returncode == 0


def test_a_license_that_is_not_permitted_is_an_error(checkout, service):
    done = audit(checkout, "copyleft.txt", "--vulnerability-service", "osv", "--osv-url", service)
    assert done.returncode == 1
    assert "license AGPL-3.0-only not in allow-only licenses was found for package copyleft:1.0" in done.stderr


def test_a_package_with_another_hash_is_not_installed(checkout):
    (checkout / "changed.txt").write_text(f"good==1.0 --hash=sha256:{'0' * 64}\n")
    done = audit(checkout, "changed.txt")
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_an_unknown_requirement_file_is_refused_in_one_line(checkout):
    done = audit(checkout, "requirements-predictt.txt")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no such file, requirements-predictt.txt, name one of these: requirements-")
    assert done.stderr.count("\n") == 1


def test_the_workflows_audit_every_requirement_file_and_pin_their_actions():
    workflows = {path.name: path.read_text() for path in (REPOSITORY / ".github" / "workflows").glob("*.yml")}
    (listed,) = re.findall(r"requirements: \[(.*)\]", workflows["audit.yml"])
    assert sorted(f"{name}.txt" for name in listed.split(", ")) == LOCKS
    assert "run: bash scripts/audit.sh ${{ matrix.requirements }}.txt" in workflows["audit.yml"]
    actions = [action for text in workflows.values() for action in re.findall(r"uses: (\S+)", text)]
    assert len(actions) >= 5
    assert [action for action in actions if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)] == []
