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
OTHERWISE = "Nothing was loaded: the directory is another"


def load_twice_at_once(url, number=1):
    """How many of two loads were done, of a file that both looked at, and the answers."""
    olga = people.organiser(f"olga{number}@techtrack.test")
    page = look_at(browser_of(olga), f"name,domains\nOne{number},one{number}.example\n").content.decode()
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
    assert sum(OTHERWISE in answer.text for answer in answers) == 1
    assert (Organisation.objects.count(), Record.objects.count()) == (1, 1)


def test_without_the_lock_both_find_the_directory_as_they_saw_it(live_site):
    """The control; the name is unique in the database, so the second breaks there instead of being told.

    A busy machine may serve them one after the other, so there are five rounds.
    """
    site = live_site.start(env={"UNLOCKED": "slow,directory"}, wsgi="tests.unlocked:application")
    rounds = (load_twice_at_once(site.url, number)[1] for number in range(5))
    assert any(not any(OTHERWISE in answer.text for answer in answers) for answers in rounds)


ADD = "/admin/agenda/organisation/add/"


def give_one_domain_to_four(url, number=1):
    """How many organisations have a domain in the end that was given to four of them at the same moment."""
    browser = WireBrowser(url, people.organiser(f"olga{number}@techtrack.test"))
    token = browser.token(ADD)
    form = {"full_name": "", "website": "", "email_domains": f"of{number}.example"}
    tabs = {f"Organisation {number}.{letter}": browser.twin() for letter in "abcd"}
    answers = all_at_once(
        *[lambda name=name, tab=tab: tab.post(ADD, form | {"name": name}, token) for name, tab in tabs.items()]
    )
    assert max(answer.status for answer in answers) < 500
    return Organisation.objects.filter(name__startswith=f"Organisation {number}.").count(), answers


def test_a_domain_given_to_several_at_once_is_one_organisations(live_site):
    site = live_site.start(env={"UNLOCKED": "slow"}, wsgi="tests.unlocked:application")
    count, answers = give_one_domain_to_four(site.url)
    assert count == 1
    assert sum("of1.example is a domain of Organisation" in answer.text for answer in answers) == 3


def test_without_the_lock_several_have_it(live_site):
    """The control, in five rounds as well."""
    site = live_site.start(env={"UNLOCKED": "slow,directory"}, wsgi="tests.unlocked:application")
    assert any(give_one_domain_to_four(site.url, number)[0] > 1 for number in range(5))
