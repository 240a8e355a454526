"""Every case of CASES.md is met by a test, or says why not; docs/cases.md tells it as it is."""

import pytest

from . import case_table
from .cases import CASES, WITHIN, met, open_

pytestmark = [pytest.mark.fast]


@pytest.fixture
def rows():
    return case_table.listed(case_table.shared_file().read_text())


def test_every_case_has_a_row_whose_tests_and_control_exist(rows):
    assert len(rows) > 130
    assert case_table.faults(CASES, rows, case_table.functions()) == []


def test_the_table_is_the_newest(rows):
    assert case_table.TABLE.read_text() == case_table.render(CASES, rows), "run make cases"


def test_a_case_without_row_test_reason_or_control_is_found():
    """The control."""
    cases = {
        "A-1": met("a.there_is", sure="it compares everything"),
        "A-2": met("a.there_is_none", control="a.control"),
        "A-3": met("a.there_is", control="a.no_control"),
        "A-4": open_(""),
        "A-5": met(sure="it compares everything"),
        "A-7": met("a.there_is", control="a.control"),
        "A-8": met("a.there_is"),
        "A-9": met("a.there_is", control=WITHIN),
        "A-10": met("a.there_is", control="a.says_so_only"),
    }
    tests = {
        "a.there_is": "assert 1",
        "a.no_control": "assert 1",
        "a.control": '"""The control."""\nassert 1',
        "a.says_so_only": '"""The control."""',
    }
    assert case_table.faults(cases, [f"A-{number}" for number in (1, 2, 3, 4, 5, 6, 8, 9, 10)], tests) == [
        "A-6: no row",
        "A-7: stands in no list of cases",
        "A-2: there is no test a.there_is_none",
        "A-3: a.no_control does not call itself a control, or asserts nothing",
        "A-4: no reason",
        "A-5: met by no test",
        "A-8: no control, and not a word why it can do without",
        "A-9: no test of it holds its control",
        "A-10: a.says_so_only does not call itself a control, or asserts nothing",
    ]
