"""``docs/operations.md``: what it tells to type is there. That it works was tried on a machine; the page says which."""

import re
import subprocess

import pytest
from django.core.management import get_commands, load_command_class

from . import documents
from .environment import BASE_DIR

pytestmark = pytest.mark.fast

PAGE = "docs/operations.md"
EVERYTHING = documents.text(PAGE)


@pytest.mark.parametrize("page", [PAGE, "docs/scaling.md"])
def test_the_shell_can_read_each_block(page):
    blocks = documents.commands(page)
    assert blocks
    for block in blocks:
        done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), block


def test_each_command_of_the_site_is_one_with_these_options():
    known = get_commands()
    typed = re.findall(r"\bmanage(?:\.py)? ([a-z_]+)([^`\n]*)", EVERYTHING)
    assert {"backup", "check", "load_programme", "make_ready", "organiser", "restore"} <= {name for name, _ in typed}
    for name, rest in typed:
        options = load_command_class(known[name], name).create_parser("manage.py", name).format_help()
        assert [option for option in re.findall(r"--[a-z-]+", rest) if option not in options] == [], name


def test_each_unit_and_file_is_in_the_repository():
    units = {path.name for path in (BASE_DIR / "deploy").iterdir()}
    stems = {name.rpartition(".")[0] for name in units}
    named = set(re.findall(r"\btechtrack-(?:web|mail|tidy|backup)(?:\.[a-z]+)?\b", EVERYTHING))
    assert {"techtrack-web.socket", "techtrack-mail", "techtrack-tidy.timer", "techtrack-backup"} <= named
    assert named <= units | stems
    files = set(re.findall(r"\b(?:deploy|requirements|content|tests)/[\w.-]+\w", EVERYTHING))
    assert {"deploy/environment", "deploy/nginx.conf", "requirements/run.txt"} <= files
    assert [name for name in files if not (BASE_DIR / name).exists()] == []


def test_what_is_started_is_what_systemd_may_start():
    (line,) = re.findall(r"^systemctl enable --now (.+)$", EVERYTHING, re.MULTILINE)
    for name in line.split():
        unit = BASE_DIR / "deploy" / (name if "." in name else f"{name}.service")
        assert "[Install]" in unit.read_text(), name
    timers = {path.name for path in (BASE_DIR / "deploy").glob("*.timer")}
    assert timers <= set(line.split())
