"""The lock files say what is installed, to the last byte, and leave open from where."""

import re

import pytest

from .environment import BASE_DIR

pytestmark = pytest.mark.fast

RUN, TEST = [(BASE_DIR / "requirements" / name).read_text() for name in ("run.txt", "test.txt")]


def pinned(lock):
    """``{name: version}``."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+) \\$", lock, re.M))


@pytest.mark.parametrize("lock", [RUN, TEST], ids=["run", "test"])
def test_every_package_is_pinned_with_its_hashes(lock):
    requirements = re.findall(r"^[^\s#](?:.*\\\n)*.*", lock, re.M)

    assert len(requirements) == len(pinned(lock)) > 10
    assert [line for line in requirements if "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("lock", [RUN, TEST], ids=["run", "test"])
def test_no_package_index_is_named(lock):
    assert "://" not in lock
    assert not re.search(r"^\s*-(?!-hash=)", lock, re.M)


def test_the_tests_run_on_what_the_site_runs_on():
    assert pinned(RUN).items() <= pinned(TEST).items()
