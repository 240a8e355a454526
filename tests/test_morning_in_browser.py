"""An organiser's morning: forty mixed requests, judged by what the page shows, by keyboard alone, to an empty line."""

from collections import Counter
from datetime import timedelta
from itertools import cycle, islice

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from registration.models import AccessRequest, Decision, Mail

from . import people, world
from .at_the_desk import LIST, Hands, signed_in
from .figures import report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORTY, PLACES = 40, 20
DOMAINS = {"member": "member.example", "known": "known.example", "unknown": "nowhere.example", "free": "gmail.com"}
WAYS = ["member", "known", "member", "unknown", "member", "known", "free", "member"]  # five of eight are let in
KEY = {"member": "a", "known": "a", "unknown": "w", "free": "d"}  # what the organiser makes of what the page shows
CHANGES, TAKEN, SLIP, PUT_OFF = "Person 3", "Person 11", "Person 17", "Person 21"


@pytest.fixture
def forty(live_site):
    """``{name: what is known of the domain}``; with as many places as half of them need."""
    event = world.event(capacity=PLACES)
    for kind in ("member", "known"):
        world.organisation(f"{kind.title()} Corp", email_domains=[DOMAINS[kind]], member=kind == "member")
    begin = timezone.now() - timedelta(days=3)
    made = {}
    for number, kind in enumerate(islice(cycle(WAYS), FORTY), start=1):
        name = f"Person {number}"
        asked = people.ask(people.person(f"p{number}@{DOMAINS[kind]}"), event, full_name=name)
        AccessRequest.objects.filter(pk=asked.pk).update(asked_at=begin + timedelta(minutes=number))
        made[name] = kind
    return made


class Morning:
    """One organiser going down the line; what she did is counted by what it cost her."""

    def __init__(self, page):
        self.hands = Hands(page)
        self.page = page
        self.keys_of = {}  # name -> keys, everything about the request included
        page.add_init_script("addEventListener('pointerdown', () => { throw new Error('a click'); });")

    def name(self):
        return self.page.locator("#content > h1").inner_text()

    def judge(self):
        """Which key, by the mark beside the domain."""
        mark = self.page.locator(".request-domain + .standing").get_attribute("class")
        return KEY[mark.rpartition("-")[2]]

    def press_and_go(self, *keys):
        self.hands.press_and_go(*keys)

    def costs(self, name, keys_before):
        self.keys_of[name] = self.keys_of.get(name, 0) + self.hands.keys - keys_before


def test_forty_requests_are_decided_by_keyboard_alone(new_page, live_site, forty, olga):
    if connection.vendor == "postgresql":
        pytest.skip("keys do not depend on the database, and the races have tests of their own: seen on SQLite")
    otto = people.organiser("otto@techtrack.test", name="Otto")
    morning = Morning(signed_in(new_page, live_site, olga))
    hands, page = morning.hands, morning.page
    expected, seen = {}, Counter()

    page.goto(LIST)
    morning.press_and_go("s", "Enter")  # the first of the list
    to_begin = hands.keys
    while AccessRequest.objects.filter(state="pending").exists():
        name, before = morning.name(), hands.keys
        one = AccessRequest.objects.get(full_name=name)
        key = morning.judge()
        if name == PUT_OFF and not seen[name]:
            seen[name] += 1
            morning.press_and_go("s", "Enter")
        elif name == TAKEN:
            one.decline(by=otto)
            morning.press_and_go(key, "Enter")
            hands.sees("done by Otto")
            hands.sees_the_request_of(name)
            expected[name] = "declined"
            morning.press_and_go("s", "Enter")  # the next who waits
        elif name == CHANGES:
            one.edit({"organisation": "Another Company"}, version=one.version)
            morning.press_and_go(key, "Enter")
            hands.sees("Another Company")
            hands.sees("was changed after you opened the page")
            morning.press_and_go(key, "Enter")
            expected[name] = "approved"
        elif name == SLIP and not seen[name]:
            seen[name] += 1
            morning.press_and_go("d", "Enter")
            hands.sees(f"{name}: declined.")
            morning.press_and_go("u", "Enter")
            hands.sees_the_request_of(name)
        elif key == "d":
            hands.press("m")
            hands.type("Write from your work address.")
            hands.press("Escape")
            morning.press_and_go(key, "Enter")
            expected[name] = "declined"
        else:
            morning.press_and_go(key, "Enter")
            if page.locator(".changed-since").count():
                hands.sees(f"All {PLACES} places are taken")
                expect(page.locator("#preview")).to_contain_text("waiting list")
                key = "w"
                morning.press_and_go(key, "Enter")
            expected[name] = {"a": "approved", "w": "waiting"}[key]
        morning.costs(name, before)

    # The line is empty, each request is where it should be, and each person gets the mails that the table names.
    hands.sees("Nobody waits for a decision.")
    assert len(expected) == FORTY
    states = dict(AccessRequest.objects.values_list("full_name", "state"))
    assert states == expected
    assert Counter(states.values())["approved"] == PLACES
    past_capacity = [name for name, state in states.items() if KEY[forty[name]] == "a" and state == "waiting"]
    assert past_capacity
    mails = {}
    for mail in Mail.objects.order_by("pk").select_related("decision__request"):
        mails.setdefault(mail.decision.request.full_name, []).append(mail.purpose)
    slip = {SLIP: ["received", "declined", "reopened", expected[SLIP]]}
    assert mails == {name: ["received", state] for name, state in expected.items()} | slip
    words = Decision.objects.exclude(words="").values_list("request__full_name", flat=True)
    assert set(words) == {name for name, kind in forty.items() if kind == "free"}
    by = Counter(Decision.objects.exclude(begin="").values_list("actor_name", flat=True))
    assert by == {"Olga": FORTY + 1, "Otto": 1}  # one more taken back and taken anew, one not hers

    plain = [keys for name, keys in morning.keys_of.items() if keys == 2]
    report(
        "an organiser's morning",
        requests=FORTY,
        clicks=0,
        keys=hands.keys,
        to_open_the_first=to_begin,
        keys_for_a_plain_decision=2,
        plain_decisions=len(plain),
        most_for_one=max(morning.keys_of.values()),
    )
    print("keys by request:", ", ".join(f"{name.split()[1]}: {keys}" for name, keys in morning.keys_of.items()))
    counts = Counter(states.values())
    print("states:", ", ".join(f"{state} {count}" for state, count in sorted(counts.items())))
    print("past capacity, to the waiting list:", len(past_capacity))
    sent = Counter(purpose for purposes in mails.values() for purpose in purposes)
    print("mails queued:", ", ".join(f"{purpose} {count}" for purpose, count in sorted(sent.items())))


def test_a_wrong_key_decides_nothing(new_page, live_site, forty, olga):
    """The control: the same organiser, whose keys are each one beside the right one."""
    if connection.vendor == "postgresql":
        pytest.skip("keys do not depend on the database: seen on SQLite")
    morning = Morning(signed_in(new_page, live_site, olga))
    morning.page.goto(LIST)
    morning.press_and_go("s", "Enter")
    where = morning.page.url
    for key in "qwertyzxcvbn1234567890".replace("w", ""):
        morning.hands.press(key, "Enter")
    assert morning.page.url == where
    assert set(AccessRequest.objects.values_list("state", flat=True)) == {"pending"}
    assert Decision.objects.count() == Mail.objects.count() == FORTY  # that they asked, and were told so
