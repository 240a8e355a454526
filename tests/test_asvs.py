"""Every item of ASVS 5.0.0, chapters 6 to 9, levels 1 and 2, has a row that is true; docs/asvs.md tells it as it is."""

import pytest

from . import asvs_table
from .asvs import ITEMS, in_part, met, na, not_met

pytestmark = [pytest.mark.fast]


def test_every_item_has_a_row_whose_tests_and_headings_exist():
    assert len(ITEMS) == 67
    assert asvs_table.faults(asvs_table.ROWS, ITEMS, asvs_table.functions()) == []


def test_the_document_is_the_newest():
    assert asvs_table.TABLE.read_text() == asvs_table.render(asvs_table.CHAPTERS), "run make cases"


def test_an_item_without_row_test_heading_or_reason_is_found():
    """The control."""
    rows = {
        "1.1": met("something", "a.there_is", where="README.md#two-commands"),
        "1.2": met("something", "a.there_is_none"),
        "1.3": met("something"),
        "1.4": in_part("something", missing=""),
        "1.5": not_met("something", missing="it"),
        "1.6": na("something", why=""),
        "1.7": met("something", "a.there_is", where="README.md#no-such-heading"),
        "1.8": met("something", "a.there_is", where="docs/no-such-file.md#two-commands"),
        "1.9": met("something", "a.there_is"),
    }
    items = {f"1.{n}": 1 for n in (1, 2, 3, 4, 5, 6, 7, 8, 10)}
    assert asvs_table.faults(rows, items, {"a.there_is": ""}) == [
        "1.10: no row",
        "1.9: no item of levels 1 and 2",
        "1.2: there is no test a.there_is_none",
        "1.3: met by no test",
        "1.4: in part by no test",
        "1.4: no reason",
        "1.6: no reason",
        "1.7: there is no README.md#no-such-heading",
        "1.8: there is no docs/no-such-file.md#two-commands",
    ]
