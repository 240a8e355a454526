"""What the checks are told to overlook is listed, each with its reason; what has none is found."""

import pytest

from . import switched_off

pytestmark = [pytest.mark.fast]


def test_every_rule_that_is_switched_off_has_its_reason():
    found = switched_off.everything()
    assert [str(one) for one in found if not one.reason] == []
    assert {one.tool for one in found} >= {"ruff", "bandit", "django"}


def test_one_without_a_reason_is_found():
    """The control: a remark, a line of a list and a silenced check that say nothing of why."""
    remark = "# " + "noqa: S608"
    assert [one.reason for one in switched_off.in_code("x.py", f"a = 1  {remark}\nb = 2  {remark} -- why")] == [
        "",
        "why",
    ]
    lists = '[tool.ruff.lint]\nignore = [\n  "S101",\n  "S102",  # why\n]\n[tool.bandit]\nskips = ["B404"]\n'
    assert [(one.tool, one.reason) for one in switched_off.in_pyproject(lists)] == [
        ("ruff", ""),
        ("ruff", "why"),
        ("bandit", ""),
    ]
    assert [one.reason for one in switched_off.in_settings('X = 1\nSILENCED_SYSTEM_CHECKS = ["a.W1"]')] == [""]
