"""The lock files say what is installed, to the last byte, and leave open from where."""

import importlib.metadata
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .environment import BASE_DIR

pytestmark = pytest.mark.fast

RUN, TEST = [(BASE_DIR / "requirements" / name).read_text() for name in ("run.txt", "test.txt")]
PROJECT = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]


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


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("python", ["3.11.0", "3.11.3", "3.12.0", "3.13.0", "3.14.0"])
def test_nothing_is_missing_whichever_python_installs_it(python, platform):
    where = {"python_version": python.rpartition(".")[0], "python_full_version": python, "sys_platform": platform}

    for_tests = PROJECT["optional-dependencies"]["test"]
    assert needed(PROJECT["dependencies"], where) - pinned(RUN).keys() == set()
    assert needed([*PROJECT["dependencies"], *for_tests], where) - pinned(TEST).keys() == set()


def needed(requirements, where):
    """The names of all packages that these requirements come to on such a machine."""
    names, seen, todo = set(), set(), [Requirement(line) for line in requirements]
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        names.add(name)
        for extra in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            todo += [
                further
                for further in map(Requirement, requires(name))
                if (further.marker.evaluate({**where, "extra": extra}) if further.marker else not extra)
            ]
    return names


def requires(name):
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # not needed by the Python that runs this
        return []
