"""Roles: the groups that a migration makes, their permissions (``registration/roles.py``), and no way up."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from registration import roles
from registration.models import User

from . import people
from .people import browser_of
from .steps import seen_on

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def held_by(name):
    """Its permissions, as the module writes them."""
    found = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def test_the_migrations_made_each_role_with_its_permissions():
    assert {name: held_by(name) for name in roles.PERMISSIONS} == {
        name: set(permissions) for name, permissions in roles.PERMISSIONS.items()
    }


def test_a_role_holds_no_permission_on_people_groups_mail_or_login_sessions():
    closed = {"user", "group", "permission", "mail", "loginsession", "signincode", "enrolmentcode", "logentry"}
    assert not {
        permission
        for permissions in roles.PERMISSIONS.values()
        for permission in permissions
        if permission.rpartition("_")[2] in closed
    }


def test_a_group_of_that_name_is_kept_and_added_to():
    Group.objects.all().delete()
    theirs = Permission.objects.get(codename="view_user")
    Group.objects.create(name=roles.VIEWER).permissions.add(theirs)
    roles.give(apps)
    roles.give(apps)
    assert held_by(roles.VIEWER) == {"registration.view_user", "registration.view_accessrequest"}
    assert Group.objects.count() == len(roles.PERMISSIONS)


def test_what_was_taken_from_a_role_is_not_given_back_by_a_later_migration():
    Group.objects.get(name=roles.MODERATOR).permissions.remove(Permission.objects.get(codename="mend_accessrequest"))
    roles.give(apps, just=["registration.view_record"])
    assert "registration.mend_accessrequest" not in held_by(roles.MODERATOR)


@pytest.mark.parametrize("role", [*roles.PERMISSIONS, None], ids=[*roles.PERMISSIONS, "superuser"])
def test_nobody_makes_themselves_more_than_they_are(role):
    """By their own page, the role's, or a permission; the control is the superuser, who may."""
    somebody = people.organiser("somebody@techtrack.test", role=role)
    victim = people.organiser("victim@techtrack.test", role=roles.VIEWER)
    browser = browser_of(somebody)
    group = people.group(roles.VIEWER)
    all_there_are = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    forms = {
        f"/admin/registration/user/{person.pk}/change/": {
            "email": person.email,
            "name": "Risen",
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
        }
        for person in (somebody, victim)
    } | {f"/admin/auth/group/{group.pk}/change/": {"name": group.name, "permissions": all_there_are}}
    answers = {}
    for address, form in forms.items():
        if role is None and "/user/" in address:
            form |= seen_on(browser, address)
        answers[address] = browser.post(address, form).status_code
    risen = User.objects.filter(is_superuser=True, name="Risen").count()
    if role is None:
        assert (set(answers.values()), risen, group.permissions.count()) == ({302}, 2, len(all_there_are))
    else:
        assert (set(answers.values()), risen, held_by(roles.VIEWER)) == (
            {403},
            0,
            set(roles.PERMISSIONS[roles.VIEWER]),
        )
