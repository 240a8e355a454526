"""Prepared queries answer what the plain ones do, at each call anew."""

import datetime as dt

import pytest
from django.utils import timezone

from registration import audience
from registration.login_sessions import SessionStore
from registration.models import AccessRequest, LoginSession

from . import access, people, world
from .clock import moved
from .wire import login_session

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def plain(key):
    return LoginSession.objects.filter(session_key=key, expire_date__gt=timezone.now()).first()


def test_a_login_session_comes_as_the_plain_query_gives_it(ada, monkeypatch):
    boss = people.organiser()
    strangers = SessionStore()
    strangers["begun"] = True
    strangers.create()
    keys = [LoginSession.key_for(key) for key in (login_session(ada), login_session(boss), strangers.session_key)]
    for key in keys:
        found, wanted = LoginSession.objects.at(key), plain(key)
        assert vars(found) | {"_state": None} == vars(wanted) | {"_state": None}
        assert (found._state.adding, found._state.db) == (wanted._state.adding, wanted._state.db)
        assert (found.user and vars(found.user) | {"_state": None}) == (
            wanted.user and vars(wanted.user) | {"_state": None}
        )
    assert LoginSession.objects.at("never existed") is None
    moved(monkeypatch, hours=15 * 24)
    assert [LoginSession.objects.at(key) for key in keys] == [None, None, None]


def test_it_is_asked_anew_each_time(ada):
    key = LoginSession.key_for(login_session(ada))
    assert LoginSession.objects.at(key).user.is_active
    type(ada).objects.filter(pk=ada.pk).update(is_active=False)
    LoginSession.objects.filter(pk=key).update(last_seen_at=dt.datetime(2022, 1, 1, tzinfo=dt.UTC))
    again = LoginSession.objects.at(key)
    assert (again.user.is_active, again.last_seen_at.year) == (False, 2022)


def test_the_gate_opens_to_each_role_what_the_plain_query_says():
    made = world.World()
    events = [made.event, made.earlier, made.planned]
    opened = {}
    for role, person in made.people.items():
        letting_in = AccessRequest.objects.letting_in().filter(person=person)
        opened[role] = set(letting_in.values_list("event", flat=True))
        found = audience.audiences_of(person, events)
        assert {key for key, of_it in found.items() if of_it} == opened[role], role
    assert {role for role in access.ROLES if opened.get(role)} == {"guest", "guest of another edition"}
