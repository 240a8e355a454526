"""The health page: what is amiss stands out, and only administrators see it."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.html import strip_tags

from registration import watching
from registration.models import Alarm, Backup, Mail

from . import people, world
from .people import browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]

HEALTH = "/admin/health/"


def shown(browser, **headers):
    page = browser.get(HEALTH, headers=headers)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", strip_tags(page.content.decode()))


def test_a_site_that_is_well_says_so():
    Backup.objects.create(bytes=1234567, seconds=2.5)
    page = shown(browser_of(people.organiser()))
    assert "Look at this" not in page
    for words in ["Migrations that wait none", "Oldest that waits none waits", "1 MB, 2.5 s", "Cache answers"]:
        assert words.replace(" ", "") in page.replace(" ", "")


def test_what_is_amiss_stands_out(monkeypatch):
    boss = people.organiser()
    people.ask(person("ada@example.com"), world.event())
    Mail.objects.create(purpose="received", recipient="eve@example.com", state="refused", ended_at=timezone.now())
    Alarm.objects.sound("alarm-factor")
    long_ago = timezone.now() - timedelta(hours=26)
    Mail.objects.filter(state="queued").update(created_at=long_ago)
    monkeypatch.setattr(watching, "last_backup", lambda: long_ago)
    monkeypatch.setattr(cache, "get", lambda *_: 1 / 0)
    page = shown(browser_of(boss), **{"X-Forwarded-For": "203.0.113.7"})
    assert "Look at this: 1 day" in page
    assert "Look at this: none was made" in page
    assert "Look at this: does not answer (ZeroDivisionError)" in page
    assert "second factor was removed" in page
    assert page.count("Look at this") == 5  # mail that waits, mail refused, backup, cache, an address nobody may name
    for absent in ("ada@example.com", "eve@example.com"):
        assert absent not in page


def test_it_shows_whom_limits_count(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    sent = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7", "X-Forwarded-Proto": "https"}
    page = shown(browser_of(people.organiser()), **sent)
    assert "You, as limits see you 203.0.113.7" in page.replace("you203", "you 203")
    assert "Look at this: 2" in page  # two addresses, one proxy


@pytest.mark.parametrize("permissions", [people.MODERATOR, people.EDITOR], ids=["moderator", "editor"])
def test_nobody_but_administrators_sees_it(permissions):
    browser = browser_of(people.organiser(permissions=permissions))
    assert browser.get(HEALTH).status_code == 403
    assert HEALTH.encode() not in browser.get("/admin/").content
