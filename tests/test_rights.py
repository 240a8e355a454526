"""Every action of ``rights.py``, tried as every role: who may do it does, and nobody else."""

import pytest
from django.db import transaction

from . import rights, world

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def able(made, action):
    found = set()
    for role in rights.NAMES:
        browser = made.browsers[role]
        cookies = browser.cookies.copy()
        with transaction.atomic():
            if action.tried(made, browser):
                found.add(role)
            transaction.set_rollback(True)
        browser.cookies = cookies
    return found


def test_each_action_is_for_the_roles_of_the_table():
    made = world.World()
    found = {(action.page, action.what): able(made, action) for action in rights.ACTIONS}
    assert found == {(action.page, action.what): action.roles for action in rights.ACTIONS}


def test_a_right_too_many_is_found():
    """The control."""
    made = world.World()
    made.people["viewer"].groups.set(made.people["moderator"].groups.all())
    see_needs = next(action for action in rights.ACTIONS if action.what == "see needs")
    assert able(made, see_needs) == see_needs.roles | {"viewer"}


def test_the_document_is_that_table():
    assert rights.TABLE.read_text() == rights.render(), "make cases"
