"""How many codes may be asked for, and that a stranger who uses them up locks nobody out."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.models import Mail, Tally
from registration.sign_in import codes, known_browsers, limits
from registration.sign_in.limits import Limit

from . import people, world
from .clock import moved
from .people import Browser
from .steps import ask_for_code, is_signed_in, newest_code, sign_in, type_code
from .wire import WireBrowser, all_at_once

fast = [pytest.mark.fast, pytest.mark.django_db]
ADA = "ada@example.com"
KNOWN = "__Host-known-browser"


def browser_that_signed_in(address=ADA):
    browser = Browser()
    sign_in(browser, address)
    browser.post("/account/logout/")
    return browser


def use_up(address=ADA):
    while (refused := ask_for_code(Browser(), address)).status_code == 302:
        pass
    return refused


def statements_to_ask_twice():
    """For a mailbox that nobody asked for, and then for it anew by another spelling; the network's row is there."""
    ask_for_code(Browser(), "somebody@example.com")
    counts = []
    for address in ("bea@example.com", "bea+2@example.com"):
        with CaptureQueriesContext(connection) as asked:
            assert ask_for_code(Browser(), address).status_code == 302
        counts.append(len(asked))
    return counts


def mail_to_spellings_of_ada():
    """The first answer that refused (or None), and how many mails went to what is one mailbox."""
    spellings = [f"adal+{n}@example.com" for n in range(30)]
    spellings += [f"ad.al+{n}@example.com" for n in range(10)] + [f"a.d.a.l+{n}x@example.com" for n in range(20)]
    answers = [ask_for_code(Browser(), spelling) for spelling in spellings]
    refused = next((answer for answer in answers if answer.status_code == 429), None)
    return refused, Mail.objects.count()


class TestTheReturningBrowser:
    pytestmark = fast

    def test_its_owner_signs_in_although_a_stranger_used_up_the_ten_mails(self):
        """SI-14."""
        home = browser_that_signed_in()
        assert use_up().status_code == 429
        assert Mail.objects.filter(recipient=ADA).count() == 10  # the first was the owner's, still a stranger then
        assert ask_for_code(home, ADA).status_code == 302
        type_code(home, newest_code(ADA))
        assert is_signed_in(home)

    def test_without_the_cookie_the_owner_is_locked_out(self):
        """The control."""
        home = browser_that_signed_in()
        use_up()
        del home.cookies[KNOWN]
        assert ask_for_code(home, ADA).status_code == 429

    def test_it_gets_ten_mails_an_hour_itself(self, monkeypatch):
        home = browser_that_signed_in()
        statuses = []
        for _ in range(12):
            moved(monkeypatch, seconds=31 * len(statuses))
            statuses.append(ask_for_code(home, ADA).status_code)
        assert statuses == [302] * 10 + [429] * 2
        assert ask_for_code(Browser(), ADA).status_code == 302  # the strangers' allowance is another

    def test_signing_in_again_does_not_give_it_a_fresh_allowance(self):
        home = browser_that_signed_in()
        name = home.cookies[KNOWN].value
        sign_in(home, ADA)
        assert home.cookies[KNOWN].value == name
        assert Mail.objects.filter(recipient=ADA).exclude(known_browser="").count() == 1

    def test_it_is_known_for_one_person_only(self):
        home = browser_that_signed_in("eve@example.com")
        use_up(ADA)
        assert ask_for_code(home, ADA).status_code == 429

    @pytest.mark.parametrize("forge", [lambda v: "x" + v, lambda v: v[:-1] + "0", lambda v: v.split(".")[0], str.upper])
    def test_a_forged_cookie_is_a_strangers(self, forge):
        home = browser_that_signed_in()
        use_up()
        value = home.cookies[KNOWN].value
        forged = forge(value)
        home.cookies[KNOWN] = forged
        assert (ask_for_code(home, ADA).status_code == 302) == (forged == value)

    def test_it_is_forgotten_when_the_person_is_shut_out(self):
        home = browser_that_signed_in()
        people.User.objects.get(email=ADA).shut_out()
        use_up()
        assert ask_for_code(home, ADA).status_code == 429

    def test_the_cookie_tells_nothing_and_opens_nothing(self):
        browser = Browser()
        sign_in(browser, ADA)
        cookie = browser.cookies[KNOWN]
        assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
            True,
            True,
            "Lax",
            "/",
            "",
        )
        assert not any(part in cookie.value.lower() for part in ("@", "example"))  # "ada" may come by chance
        alone = Browser()
        alone.cookies[KNOWN] = cookie.value
        assert not is_signed_in(alone)
        assert cookie.value.split(".")[0] not in str(list(Mail.objects.values()))

    def test_it_gets_the_public_answer_like_everyone(self):
        world.event()
        home = browser_that_signed_in()
        for name in set(home.cookies) - {KNOWN}:
            del home.cookies[name]
        for path in ("/", "/privacy/", "/sessions/never/"):
            mine, anyones = home.get(path), Browser().get(path)
            assert (mine.content, mine.headers) == (anyones.content, anyones.headers)
        assert home.get("/")["ETag"]


class TestFloods:
    pytestmark = fast

    @pytest.mark.slow
    @override_settings(TRUSTED_PROXY_COUNT=1)
    def test_one_mailbox_gets_ten_mails_from_however_many_addresses(self):
        """SI-15."""
        statuses = [
            Browser(headers={"X-Forwarded-For": f"10.{n // 250}.0.{n % 250}"})
            .post("/account/login/", {"email": ADA})
            .status_code
            for n in range(200)
        ]
        assert statuses == [302] * 10 + [429] * 190
        assert Mail.objects.count() == 10

    def test_one_mailbox_gets_no_more_by_other_spellings_of_its_address(self):
        """SI-15: most mail servers deliver all of these to one mailbox."""
        home = browser_that_signed_in("ada.l@example.com")
        refused, mails = mail_to_spellings_of_ada()
        assert mails == 20  # the owner's first among them
        assert "We have sent 20 codes" in refused.content.decode()
        assert ask_for_code(home, "ada.l@example.com").status_code == 302  # locked out nowhere
        assert ask_for_code(Browser(), "eve@example.com").status_code == 302
        assert ask_for_code(Browser(), "adal@example.org").status_code == 302

    def test_counted_by_its_spelling_a_mailbox_gets_more(self, monkeypatch):
        """The control."""
        monkeypatch.setattr(limits, "wait_for_mailbox", lambda address: None)
        refused, mails = mail_to_spellings_of_ada()
        assert (refused, mails) == (None, 60)

    def test_it_takes_no_more_statements_where_somebody_asked_before(self):
        """SI-02: else one answer would tell that its owner asked within the hour."""
        first, second = statements_to_ask_twice()
        assert first == second

    def test_without_room_made_first_it_does(self, monkeypatch):
        """The control."""
        monkeypatch.setattr(Limit, "make_room", lambda limit, whose: None)
        first, second = statements_to_ask_twice()
        assert first > second

    def test_one_network_gets_no_more_than_its_share_and_is_told(self, monkeypatch):
        monkeypatch.setattr(limits, "OF_ONE_NETWORK", Limit("n", 3, timedelta(minutes=10)))
        for n in range(3):
            assert ask_for_code(Browser(), f"p{n}@example.com").status_code == 302
        refused = ask_for_code(Browser(), "p3@example.com")
        assert refused.status_code == 429
        assert 590 <= int(refused["Retry-After"]) <= 601
        assert "Try again in 10 minutes" in " ".join(refused.content.decode().split())
        assert not people.User.objects.filter(email="p3@example.com").exists()
        other = Browser(REMOTE_ADDR="203.0.113.9")
        assert ask_for_code(other, "p3@example.com").status_code == 302
        moved(monkeypatch, minutes=10, seconds=1)
        assert ask_for_code(Browser(), "p4@example.com").status_code == 302

    def test_all_strangers_together_have_a_cap_that_locks_no_known_browser_out(self, monkeypatch):
        """REQ-05: we cannot be used to flood."""
        home = browser_that_signed_in()
        monkeypatch.setattr(limits, "OF_STRANGERS", Limit("s", 5, timedelta(minutes=1)))
        statuses = [
            ask_for_code(Browser(REMOTE_ADDR=f"198.51.100.{n}"), f"p{n}@example.com").status_code for n in range(20)
        ]
        assert statuses == [302] * 5 + [429] * 15
        assert ask_for_code(home, ADA).status_code == 302

    def test_one_network_leaves_room_for_newcomers_from_elsewhere(self, monkeypatch):
        """And so does a customer with 65,536 networks of IPv6."""
        monkeypatch.setattr(limits, "FIRST_FEW", Limit("f", 2, timedelta(minutes=10)))
        monkeypatch.setattr(limits, "OF_BUSY_NETWORKS", Limit("b", 5, timedelta(minutes=1)))
        monkeypatch.setattr(limits, "OF_STRANGERS", Limit("s", 10, timedelta(minutes=1)))
        floods = ["198.51.100.1"] * 10 + [f"2001:db8:1:{n}::1" for n in range(10)]
        statuses = [
            ask_for_code(Browser(REMOTE_ADDR=address), f"p{n}@example.com").status_code
            for n, address in enumerate(floods)
        ]
        assert statuses == [302] * 7 + [429] * 3 + [302] * 2 + [429] * 8
        assert ask_for_code(Browser(REMOTE_ADDR="203.0.113.9"), ADA).status_code == 302

    def test_without_a_share_for_busy_networks_one_uses_up_what_all_have(self, monkeypatch):
        """The control."""
        monkeypatch.setattr(limits, "OF_STRANGERS", Limit("s", 10, timedelta(minutes=1)))
        monkeypatch.setattr(limits, "FIRST_FEW", Limit("f", 1000, timedelta(minutes=10)))
        for n in range(11):
            refused = ask_for_code(Browser(REMOTE_ADDR="198.51.100.1"), f"p{n}@example.com")
        assert refused.status_code == 429
        assert ask_for_code(Browser(REMOTE_ADDR="203.0.113.9"), ADA).status_code == 429

    @pytest.mark.parametrize("counted_together", [False, True], ids=["", "control: all in one counter"])
    def test_one_known_browser_locks_no_other_out(self, monkeypatch, counted_together):
        """Anybody with a mailbox has a known browser, and may ask with it as fast as they like."""
        monkeypatch.setattr(limits, "OF_ONE_KNOWN_BROWSER", Limit("k", 5, timedelta(minutes=10)))
        if counted_together:
            monkeypatch.setattr(known_browsers, "known_by", lambda *_: "all of them")
        home, hostile = browser_that_signed_in(), browser_that_signed_in("eve@example.com")
        cookie = hostile.cookies[KNOWN].value
        statuses = []
        for _ in range(8):
            again = Browser()
            again.cookies[KNOWN] = cookie
            statuses.append(ask_for_code(again, "eve@example.com").status_code)
        assert statuses[-3:] == [429] * 3
        assert ask_for_code(home, ADA).status_code == (429 if counted_together else 302)

    def test_a_flood_of_others_makes_no_counter_go_away(self):
        """RL-02."""
        limit = Limit("x", 2, timedelta(minutes=10))
        assert [limit.spend("me") is None for _ in range(3)] == [True, True, False]
        until = timezone.now() + limit.span
        Tally.objects.bulk_create(Tally(key=f"other {n}", until=until) for n in range(5000))
        assert limit.spend("me")

    def test_a_counter_begins_anew_after_its_time_and_when_a_clock_was_set_back(self, monkeypatch):
        limit = Limit("x", 1, timedelta(minutes=10))
        moved(monkeypatch, days=1)
        assert (limit.spend(), bool(limit.spend())) == (None, True)
        moved(monkeypatch, days=0)
        assert (limit.spend(), bool(limit.spend())) == (None, True)
        assert limits.forget_old() == 0
        moved(monkeypatch, minutes=11)
        assert (limit.spend(), bool(limit.spend())) == (None, True)
        moved(monkeypatch, minutes=22)
        assert limits.forget_old() == 1

    def test_no_counter_says_whose_it_is(self):
        ask_for_code(Browser(), ADA)
        stored = str(list(Tally.objects.values()))
        assert "127.0.0.1" not in stored
        assert "ada" not in stored


class TestWhoAsks:
    pytestmark = pytest.mark.fast

    @pytest.mark.parametrize(
        ("proxies", "forwarded", "address"),
        [
            (0, "203.0.113.1", "192.0.2.7"),  # nobody may name an address to us
            (1, "203.0.113.1", "203.0.113.1"),
            (1, "6.6.6.6, 203.0.113.1", "203.0.113.1"),  # what the client itself wrote stands further left
            (2, "6.6.6.6, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
            (2, "203.0.113.1", "192.0.2.7"),
            (1, "", "192.0.2.7"),
            (1, "nonsense", "nobody said"),
            (1, "::ffff:203.0.113.1", "203.0.113.1"),
            (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ],
    )
    def test_the_address_is_taken_from_configured_proxies_alone(self, proxies, forwarded, address):
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.7")
        with override_settings(TRUSTED_PROXY_COUNT=proxies):
            assert limits.network_of(request) == address

    def test_a_thousand_addresses_of_one_ipv6_network_count_as_one(self):
        """RL-09."""
        found = set()
        for n in range(1000):
            request = RequestFactory().get("/", REMOTE_ADDR=f"2001:db8:1:2:{n:x}::{n:x}")
            found.add(limits.network_of(request))
        assert len(found) == 1
        assert limits.network_of(RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:3::1")) not in found


@pytest.mark.fast
@pytest.mark.django_db(transaction=True)
def test_a_request_that_fails_stays_counted(monkeypatch):
    """RL-03."""
    monkeypatch.setattr(limits, "OF_ONE_NETWORK", Limit("n", 2, timedelta(minutes=10)))

    def fails(*args):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(codes, "issue", fails)
        assert [ask_for_code(Browser(), ADA).status_code for _ in range(2)] == [500, 500]
    assert not people.User.objects.exists()
    assert ask_for_code(Browser(), ADA).status_code == 429


def ask_at_once(url, count):
    browsers = [WireBrowser(url) for _ in range(count)]
    token = browsers[0].token("/account/login/")
    for browser in browsers:
        browser.cookies = dict(browsers[0].cookies)
    return all_at_once(
        *[
            lambda n=n, b=b: b.post("/account/login/", {"email": f"p{n}@example.com"}, token).status
            for n, b in enumerate(browsers)
        ]
    )


@pytest.mark.live
@pytest.mark.slow
def test_of_a_hundred_at_once_exactly_ten_get_through(live_site):
    """RL-01."""
    site = live_site.start(env={"UNLOCKED": "slow,few", "WEB_CONCURRENCY": "4"}, wsgi="tests.unlocked:application")
    assert sorted(ask_at_once(site.url, 100)) == [302] * 10 + [429] * 90
    assert Mail.objects.count() == 10


@pytest.mark.live
@pytest.mark.slow
def test_counted_by_looking_first_more_get_through(live_site):
    """The control."""
    site = live_site.start(
        env={"UNLOCKED": "slow,few,tallies", "WEB_CONCURRENCY": "4"}, wsgi="tests.unlocked:application"
    )
    assert ask_at_once(site.url, 40).count(302) > 10


@pytest.mark.live
@pytest.mark.slow
def test_two_hundred_and_fifty_people_behind_one_address_sign_in(live_site):
    """RL-08, all of them within a minute or so, eight at a time."""
    people_left = [f"guest{n}@example.com" for n in range(250)]
    landed = []

    def somebody():
        while people_left:
            address = people_left.pop()
            browser = WireBrowser(live_site.url)
            token = browser.token("/account/login/")
            browser.post("/account/login/", {"email": address, "next": "/register/"}, token)
            answer = browser.post("/account/login/code/", {"code": newest_code(address), "next": "/register/"}, token)
            landed.append((answer.status, answer.headers["Location"]))
        connection.close()

    all_at_once(*[somebody] * 8)
    assert landed == [(302, "/register/")] * 250
