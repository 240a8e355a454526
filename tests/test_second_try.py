"""A second try is for a few tests that failed beside others, and never for what guards the private morning."""

import json

import pytest

from . import __main__ as suite

pytestmark = pytest.mark.fast

BY_THE_WAY = "tests/test_print.py::test_the_day_on_paper"


@pytest.fixture
def tried(monkeypatch, tmp_path):
    """``tried(names of failed tests, status)``: the exit status of both tries, and how often pytest was run."""

    def twice(failed, status=suite.FAILED):
        runs = []
        kept = tmp_path / "lastfailed"
        kept.write_text(json.dumps(dict.fromkeys(failed, True)))
        monkeypatch.setattr(suite, "LAST_FAILED", kept)
        monkeypatch.setattr(suite, "run", lambda arguments: runs.append(arguments) or (0 if runs[1:] else status, "="))
        return suite.twice([])[0], len(runs)

    return twice


def test_a_few_are_tried_alone(tried):
    assert tried([BY_THE_WAY]) == (0, 2)


def test_what_guards_the_morning_is_not(tried):
    assert tried([BY_THE_WAY, "tests/test_gate.py::test_a_visitor"]) == (suite.FAILED, 1)
    assert tried(["tests/test_races.py::test_two_organisers"]) == (suite.FAILED, 1)


def test_many_are_not(tried):
    assert tried([f"{BY_THE_WAY}[{number}]" for number in range(suite.FEW + 1)]) == (suite.FAILED, 1)


def test_neither_is_a_run_that_was_cut_or_that_passed(tried):
    assert tried([BY_THE_WAY], status=2) == (2, 1)
    assert tried([BY_THE_WAY], status=0) == (0, 1)
