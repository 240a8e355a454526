"""The files of ``deploy/``: every setting is explained, and systemd understands the units."""

import re
import shutil
import subprocess
import sys

import pytest

from . import documents, environment

pytestmark = pytest.mark.fast

DEPLOY = environment.BASE_DIR / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer"), *DEPLOY.glob("*.socket")])


def names_in(text):
    return set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))


def test_the_environment_file_explains_exactly_the_settings_that_are_read():
    read = set()
    for module in (environment.BASE_DIR / "cacc_techtrack").rglob("*.py"):
        code = module.read_text()
        read |= set(re.findall(r'env\.(?:text|flag|whole_number|site_url|email_settings)\(\s*"([A-Z_]+)"', code))
    assert names_in((DEPLOY / "environment").read_text()) == read


def test_the_readme_lists_the_same_settings():
    rows = documents.tables("README.md")["Settings"]
    listed = {name for row in rows for name in documents.quoted(row["name"])}
    assert listed == names_in((DEPLOY / "environment").read_text())


def test_systemd_understands_the_units(tmp_path):
    """With paths of this machine: systemd looks whether the programs are there. It is not run, only its checker."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed, so nobody checked the units")
    assert len(UNITS) == 7
    for unit in UNITS:
        text = unit.read_text().replace("/srv/techtrack/site/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", *sorted(map(str, tmp_path.iterdir()))], capture_output=True, text=True, timeout=60
    )
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "techtrack" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.stem)
def test_each_service_is_shut_in(unit):
    lines = set(unit.read_text().splitlines())
    assert {"User=techtrack", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} <= lines
    assert {"ProtectHome=yes", "PrivateTmp=yes", "UMask=0077", "EnvironmentFile=/etc/techtrack/environment"} <= lines
    assert {"PrivateUsers=yes", "ProcSubset=pid", "MemoryDenyWriteExecute=yes", "NoExecPaths=/"} <= lines


def test_the_socket_is_where_the_proxy_asks():
    socket, nginx = ((DEPLOY / name).read_text() for name in ("techtrack-web.socket", "nginx.conf"))
    address = re.search(r"^ListenStream=(.+)$", socket, re.MULTILINE)[1]
    assert re.search(rf"upstream site \{{[^}}]*server {address} ", nginx)
    assert "Requires=techtrack-web.socket" in (DEPLOY / "techtrack-web.service").read_text()
