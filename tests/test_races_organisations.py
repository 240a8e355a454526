"""Two who load the same file at once: one does, and the other is told; with its control."""

import re
from urllib.parse import urlencode

import pytest

from registration import organisations_file
from registration.models import Record
from sessions.models import Organisation

from . import people
from .people import browser_of
from .test_organisations_file import look_at
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]

UPLOAD = "/admin/agenda/organisation/upload/"


def load_twice_at_once(url):
    """How many of two loads were done, of a file that both looked at."""
    olga = people.organiser()
    page = look_at(browser_of(olga), "name,domains\nOne,one.example\n").content.decode()
    sealed = re.search(r'name="looked_at" value="([^"]+)"', page)[1]
    browser = WireBrowser(url, olga)
    token = browser.token(UPLOAD)
    assert len(urlencode({"looked_at": sealed})) < organisations_file.MOST_BYTES
    tabs = [browser.twin(), browser.twin()]
    answers = all_at_once(*[lambda tab=tab: tab.post(UPLOAD, {"looked_at": sealed}, token) for tab in tabs])
    return sum(answer.status == 302 for answer in answers), answers


def test_of_two_loads_at_once_one_is_done(live_site):
    site = live_site.start(env={"UNLOCKED": "slow"}, wsgi="tests.unlocked:application")
    done, answers = load_twice_at_once(site.url)
    assert done == 1
    assert sum("Nothing was loaded: the directory is another" in answer.text for answer in answers) == 1
    assert (Organisation.objects.count(), Record.objects.count()) == (1, 1)


def test_without_the_lock_both_find_the_directory_as_they_saw_it(live_site):
    """The control; the name is unique in the database, so the second breaks there instead of being told."""
    site = live_site.start(env={"UNLOCKED": "slow,directory"}, wsgi="tests.unlocked:application")
    _, answers = load_twice_at_once(site.url)
    assert not any("Nothing was loaded: the directory is another" in answer.text for answer in answers)


ADD = "/admin/agenda/organisation/add/"


def give_one_domain_to_four(url):
    """How many organisations have a domain in the end that was given to four of them at the same moment."""
    browser = WireBrowser(url, people.organiser())
    token = browser.token(ADD)
    form = {"full_name": "", "website": "", "email_domains": "one.example"}
    tabs = {f"Organisation {number}": browser.twin() for number in range(4)}
    answers = all_at_once(
        *[lambda name=name, tab=tab: tab.post(ADD, form | {"name": name}, token) for name, tab in tabs.items()]
    )
    assert max(answer.status for answer in answers) < 500
    return Organisation.objects.with_domains().count(), answers


def test_a_domain_given_to_several_at_once_is_one_organisations(live_site):
    site = live_site.start(env={"UNLOCKED": "slow"}, wsgi="tests.unlocked:application")
    count, answers = give_one_domain_to_four(site.url)
    assert count == 1
    assert sum("one.example is a domain of Organisation" in answer.text for answer in answers) == 3


def test_without_the_lock_several_have_it(live_site):
    """The control."""
    site = live_site.start(env={"UNLOCKED": "slow,directory"}, wsgi="tests.unlocked:application")
    assert give_one_domain_to_four(site.url)[0] > 1
