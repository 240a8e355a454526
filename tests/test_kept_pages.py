"""Public pages that are kept ready: what Django would have answered, for whom it would, and for nobody else."""

import re
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest
from django.apps import apps
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from cacc_techtrack import kept, signal_file
from sessions import triggers
from sessions.audience import Audience
from sessions.models import Event, Generation, Track

from . import access, clock, day, world
from .crawling import masked
from .kept import Kept
from .nginx import HOST, REAL

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ENCODINGS = ("", "gzip", "gzip;q=0", "br, gzip;q=0.5", "identity;q=0, *")


@pytest.fixture(autouse=True)
def _connections_stay(monkeypatch):
    """As Django's own test client has it: all happens within the test's transaction."""
    monkeypatch.setattr(kept, "close_old_connections", lambda: None)
    for sent in (request_started, request_finished):
        sent.disconnect(close_old_connections)
    yield
    for sent in (request_started, request_finished):
        sent.connect(close_old_connections)


@pytest.fixture
def site():
    return Kept()


@pytest.fixture
def programme(event):
    world.public_part(event)
    return event


def open_to_visitors():
    """Every address that answers a visitor with a page, and ways to write it that lead to one as well."""
    return [line for line in access.TABLE if line.get["visitor"] == 200]


def is_public(said):
    return ("Cache-Control", "no-cache") in said.headers


def conditions(etag):
    """What a browser, a cache or a stranger may send along."""
    return {
        "none": None,
        "this": etag,
        "weak": f"W/{etag}",
        "in a list": f'"other", {etag}',
        "any": "*",
        "another": '"other"',
        "without quotes": etag.strip('"'),
        "nonsense": "W/, ,",
        "empty": "",
    }


@pytest.mark.slow
def test_a_kept_answer_is_djangos_own_to_the_byte(site):
    made, off, kept_routes = world.World(), [], set()
    for line in open_to_visitors():
        path = line.address(made)
        for encoding in ENCODINGS:
            plain = site.ask(path, of_django=True, HTTP_ACCEPT_ENCODING=encoding)
            assert is_public(plain) == site.is_kept(path, HTTP_ACCEPT_ENCODING=encoding), path
            if not is_public(plain):
                continue
            kept_routes.add(line.route)
            for method in ("GET", "HEAD"):
                for what, condition in conditions(plain.etag).items():
                    sent = {"HTTP_ACCEPT_ENCODING": encoding, "HTTP_IF_NONE_MATCH": condition}
                    if site.ask(path, method, **sent) != site.ask(path, method, of_django=True, **sent):
                        off.append((path, encoding, method, what))
    assert off == []
    assert {"/", "/es/", "/agenda.ics", "/schedule.json", "/sw.js", "/privacy/", "/es/calendar/"} <= kept_routes
    assert {"/healthz", "/register/", "/account/inactive/"} & kept_routes == set()


def test_one_byte_too_many_is_noticed(programme, site):
    """The control."""
    assert site.is_kept("/")
    for key, answer in site.pages.known.answers.items():
        site.pages.known.answers[key] = answer._replace(body=answer.body + b" ")
    assert site.ask("/") != site.ask("/", of_django=True)


def test_a_kept_answer_asks_the_database_nothing_and_is_made_once(programme, site, django_assert_num_queries):
    first = site.ask("/")
    assert site.asked == ["/"]
    assert site.ask("/") == first
    assert site.asked == ["/", "/"]  # by the site itself
    site.pages.known = site.pages.known._replace(asked_at=float("inf"))  # this machine may be slow
    with django_assert_num_queries(0):
        for _ in range(20):
            assert site.ask("/") == first
    assert site.asked == ["/", "/"]


# For whom


COOKIES = {
    "made up": "{name}=made-up",
    "empty": "{name}=",
    "last": "theme=dark; {name}=x",
    "without a space": "theme=dark;{name}=x",
    "with spaces": "theme=dark;  {name} = x",
    "with a space of another alphabet": "theme=dark; \N{NO-BREAK SPACE}{name}=x",
    "quoted": 'theme="dark; {name}=x"',
    "without a value": "{name}",
    "twice": "{name}=x; {name}=y",
    "joined by a comma": "theme=dark,{name}=x",
    "a longer name": "x{name}x=1",
    "no ASCII": "theme=d\xe4rk",
    "an escape": 'theme="\\000"',
}


@pytest.mark.parametrize("cookie", COOKIES.values(), ids=COOKIES)
def test_with_a_login_cookie_nobody_gets_a_kept_answer(programme, site, cookie):
    """Valid or not, by its name wherever it stands; and with whatever could hide one."""
    cookie = cookie.format(name=settings.SESSION_COOKIE_NAME)
    assert site.is_kept("/")
    for method in ("GET", "HEAD"):
        for condition in (None, site.ask("/").etag):
            before = len(site.asked)
            sent = {"HTTP_COOKIE": cookie, "HTTP_IF_NONE_MATCH": condition}
            assert site.ask("/", method, **sent) == site.ask("/", method, of_django=True, **sent)
            assert len(site.asked) == before + 1


FORM_COOKIE, SECRET = settings.CSRF_COOKIE_NAME, "a1B2" * 8


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "theme=dark",
        f"{FORM_COOKIE}={SECRET}",
        f"a=b; {FORM_COOKIE}={SECRET * 2}; c=d",
        f"{FORM_COOKIE}={SECRET};a=",
    ],
)
def test_other_cookies_hinder_nobody(programme, site, cookie):
    assert site.is_kept("/", HTTP_COOKIE=cookie)
    assert site.ask("/", HTTP_COOKIE=cookie) == site.ask("/", of_django=True, HTTP_COOKIE=cookie)


BROKEN = ["", "!", f"{SECRET}a", f'"{SECRET}"', f"{SECRET}; {FORM_COOKIE}=!", f"!; x={SECRET}"]


@pytest.mark.parametrize("value", BROKEN)
def test_a_form_cookie_that_is_broken_is_mended_by_django(programme, site, value):
    assert site.is_kept("/")
    sent = {"HTTP_COOKIE": f"{FORM_COOKIE}={value}"}
    assert not site.is_kept("/", **sent)
    assert without_its_value(site.ask("/", **sent)) == without_its_value(site.ask("/", of_django=True, **sent))


def without_its_value(said):
    """Of the cookie that is set, which is another each time."""
    headers = [(name, value.partition("=")[0] if name == "Set-Cookie" else value) for name, value in said.headers]
    return said._replace(headers=headers)


def test_a_guests_answer_is_never_what_is_kept(site):
    made = world.World()
    guest = made.browsers["guest"].cookies[settings.SESSION_COOKIE_NAME].value
    private = f"{settings.SESSION_COOKIE_NAME}={guest}"
    assert made.secret.title.encode() in site.ask("/", HTTP_COOKIE=private, HTTP_ACCEPT_ENCODING="").body
    assert site.pages.paths == set()
    for _ in range(3):
        assert made.secret.title.encode() not in site.ask("/", HTTP_ACCEPT_ENCODING="").body
        assert made.secret.title.encode() in site.ask("/", HTTP_COOKIE=private, HTTP_ACCEPT_ENCODING="").body
        assert site.ask(made.secret.get_absolute_url()).status == "404 Not Found"


# What is odd is Django's to answer


ODD = {
    "a query": {"QUERY_STRING": "utm_source=x"},
    "a search": {"QUERY_STRING": "q=reports"},
    "another host": {"HTTP_HOST": "localhost"},
    "our host in capitals": {"HTTP_HOST": "TechTrack.test"},
    "our host with a port": {"HTTP_HOST": "techtrack.test:443"},
    "two hosts": {"HTTP_HOST": "techtrack.test,evil.example"},
    "no host": {"HTTP_HOST": None},
    "http": {"wsgi.url_scheme": "http"},
    "a prefix": {"SCRIPT_NAME": "/app"},
    "a length": {"CONTENT_LENGTH": "0"},
    "a body that is too large": {"CONTENT_LENGTH": "99999999"},
    "another alphabet": {"CONTENT_TYPE": "text/html; charset=utf-7"},
    "a wrapped body": {"HTTP_CONTENT_ENCODING": "gzip"},
    "a body in chunks": {"HTTP_TRANSFER_ENCODING": "chunked"},
    "a precondition": {"HTTP_IF_MATCH": '"other"'},
    "a precondition by time": {"HTTP_IF_UNMODIFIED_SINCE": "Tue, 09 Aug 2022 12:00:00 GMT"},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_odd_goes_to_django(programme, site, odd):
    assert site.is_kept("/")
    assert not site.is_kept("/", **odd)
    assert site.ask("/", **odd) == site.ask("/", of_django=True, **odd)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND"])
def test_other_methods_go_to_django(programme, site, method):
    assert site.is_kept("/")
    assert not site.is_kept("/", method)
    assert site.ask("/", method) == site.ask("/", method, of_django=True)


PATHS = ["//", "/es", "/es//", "/sessions//reporting-cycle/", "/sessions/reporting-cycle", "/2022", "/002022/"]
PATHS += ["/caf\xc3\xa9/", "/\xff/", "/%2F/", "/..//", "", "*", "/sessions/REPORTING-CYCLE/", "/static/no-such.css"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_written_otherwise_is_answered_as_django_does(programme, site, path):
    for _ in range(3):
        assert site.ask(path) == site.ask(path, of_django=True)


@pytest.mark.parametrize(
    ("sent", "wanted"), [("https", True), ("http", False), ("https,http", False), ("", False), (None, True)]
)
def test_behind_a_proxy_the_scheme_is_what_it_says(programme, settings, sent, wanted):
    settings.TRUSTED_PROXY_COUNT = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert Kept().is_kept("/", HTTP_X_FORWARDED_PROTO=sent) is wanted


def test_without_a_proxy_what_says_to_be_one_is_not_asked(programme, site):
    assert site.is_kept("/", HTTP_X_FORWARDED_PROTO="http")
    assert not site.is_kept("/", **{"HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "http"})


# Fresh


def title_shown(site):
    return b"Reporting cycle" in site.ask("/", HTTP_ACCEPT_ENCODING="").body


def test_after_the_signal_a_change_is_seen_at_once(programme, site):
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
    Track.objects.get(slug="afternoon").change_audience(Track.Reader.INDUSTRY)
    signal_file.give()
    assert not title_shown(site)
    Track.objects.get(slug="afternoon").change_audience(Track.Reader.PUBLIC)
    signal_file.give()
    assert title_shown(site)


def test_without_the_signal_it_is_seen_once_a_second_has_gone_by(programme, site):
    """Another machine wrote. The control: before that second it is not."""
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
    site.pages.known = site.pages.known._replace(asked_at=float("inf"))
    Track.objects.get(slug="afternoon").change_audience(Track.Reader.INDUSTRY)
    assert title_shown(site)
    site.pages.known = site.pages.known._replace(asked_at=kept.time.monotonic() - kept.UNASKED)
    assert not title_shown(site)


def test_a_signal_without_a_change_makes_nothing_anew(programme, site, django_assert_num_queries):
    assert site.is_kept("/")
    before = len(site.asked)
    signal_file.give()
    with django_assert_num_queries(1):
        site.ask("/")
    assert len(site.asked) == before


def test_what_was_made_before_a_change_is_not_filed_under_what_came_after(programme, site):
    """A change, and its signal, in the middle of making: the next request sees it."""
    site.ask("/", HTTP_ACCEPT_ENCODING="")
    django = site.django

    def and_then_a_change(environ, start_response):
        response = django(environ, start_response)
        site.django = django
        Track.objects.get(slug="afternoon").change_audience(Track.Reader.INDUSTRY)
        signal_file.give()
        return response

    site.django = and_then_a_change
    assert title_shown(site)
    assert not title_shown(site)


def test_nothing_is_kept_while_nothing_is_known_of_the_programme(programme, site):
    assert site.is_kept("/")
    Generation.objects.all().delete()
    signal_file.give()
    assert not site.is_kept("/")


def test_nothing_is_kept_without_the_file(programme, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    site = Kept()
    assert site.is_kept("/")
    (tmp_path / signal_file.NAME).unlink()
    assert not site.is_kept("/")


def test_when_the_database_does_not_answer_nothing_kept_is_given(programme, site):
    assert site.is_kept("/")

    def down(*_):
        raise OperationalError

    signal_file.give()
    with connection.execute_wrapper(down):
        assert site.ask("/").status == "503 Service Unavailable"
    assert site.is_kept("/")


def test_the_clock_ends_what_it_changes(event, site, monkeypatch):
    """Nobody writes anything; the public sessions take place from one to a quarter to two, and from two to three."""
    day.timed(event)
    pages = []
    for moment in ("13:44", "13:46", "13:59", "14:01"):
        clock.moved_to(monkeypatch, day.at(moment))
        assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
        pages.append(site.ask("/", HTTP_ACCEPT_ENCODING="").body)
        assert site.ask("/", of_django=True, HTTP_ACCEPT_ENCODING="").body == pages[-1]
    assert pages[1] == pages[2]
    assert len(set(pages)) == 3


def test_a_clock_that_was_wrong_and_is_put_right_leaves_nothing(event, site, monkeypatch):
    """Pages were made in what it took for the day after, on which nothing ends any more."""
    day.timed(event)
    clock.moved_to(monkeypatch, day.at("13:44") + timedelta(days=1))
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
    clock.moved_to(monkeypatch, day.at("13:44"))
    for _ in range(3):
        assert site.ask("/", HTTP_ACCEPT_ENCODING="") == site.ask("/", of_django=True, HTTP_ACCEPT_ENCODING="")
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")


def test_the_clock_that_is_not_looked_at_shows_what_is_over(event, site, monkeypatch):
    """The control."""
    day.timed(event)
    clock.moved_to(monkeypatch, day.at("13:44"))
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
    site.pages.known = site.pages.known._replace(ends_at=float("inf"))
    clock.moved_to(monkeypatch, day.at("13:46"))
    kept_page = site.ask("/", HTTP_ACCEPT_ENCODING="").body
    assert kept_page != site.ask("/", of_django=True, HTTP_ACCEPT_ENCODING="").body


# What is announced


def says(site, word):
    return [word in site.ask(path, HTTP_ACCEPT_ENCODING="").body.decode() for path in ("/", "/es/", "/calendar/")]


def test_an_announcement_stands_on_kept_pages_to_its_minute(programme, site, monkeypatch):
    """Nobody writes anything from when it was saved."""
    begins, ends = day.at("10:00"), day.at("10:20")
    world.announcement(programme, "Doors late", begins_at=begins, ends_at=ends)
    said = []
    for moment in (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends):
        clock.moved_to(monkeypatch, moment)
        assert all(site.is_kept(path, HTTP_ACCEPT_ENCODING="") for path in ("/", "/es/", "/calendar/"))
        said.append(says(site, "Doors late"))
    assert said == [[False] * 3, [True] * 3, [True] * 3, [False] * 3]


def test_without_its_minute_a_kept_page_shows_what_is_over(programme, site, monkeypatch):
    """The control."""
    world.announcement(programme, "Doors late", begins_at=day.at("10:00"), ends_at=day.at("10:20"))
    monkeypatch.setattr(kept, "next_public_boundary", lambda: None)
    clock.moved_to(monkeypatch, day.at("10:01"))
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
    clock.moved_to(monkeypatch, day.at("10:21"))
    assert "Doors late" in site.ask("/", HTTP_ACCEPT_ENCODING="").body.decode()


def test_what_is_announced_shows_after_the_signal_and_is_gone_after_the_next(programme, site):
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
    one = world.announcement(programme, "Doors late")
    signal_file.give()
    assert says(site, "Doors late") == [True] * 3
    assert site.is_kept("/", HTTP_ACCEPT_ENCODING="")
    assert one.end_now(seen=one.ends_at)
    signal_file.give()
    assert says(site, "Doors late") == [False] * 3


def test_a_private_announcement_changes_no_byte_of_what_visitors_get(programme, site, monkeypatch):
    """Nor when what was kept is made anew; one for everyone, as the control, changes some."""
    addresses = [line.path for line in open_to_visitors() if isinstance(line.path, str)]
    addresses += ["/sessions/reporting-cycle/", "/organisations/ncmec/"]
    clock.moved_to(monkeypatch, day.at("10:00"))

    def seen():
        signal_file.give()
        return {path: site.ask(path, HTTP_ACCEPT_ENCODING="") for path in addresses for _ in range(2)}

    before, ends = {path: without_what_is_random(said) for path, said in seen().items()}, site.pages.known.ends_at
    for audience in (Audience.INDUSTRY, Audience.ORGANISER):
        world.announcement(programme, "Doors late", audience, ends_at=day.at("10:20"))
        after = {path: without_what_is_random(said) for path, said in seen().items()}
        assert {path for path in addresses if after[path] != before[path]} == set()
        assert site.pages.known.ends_at == ends
    world.announcement(programme, "Doors late", ends_at=day.at("10:20"))
    changed = {path for path, said in seen().items() if b"Doors late" in said.body}
    assert {"/", "/es/", "/2022/", "/sessions/reporting-cycle/", "/organisations/ncmec/", "/changes/"} <= changed
    assert not changed & {"/offline/", "/sw.js", "/agenda.ics", "/changes.atom", "/schedule.json", "/privacy/"}
    assert site.pages.known.ends_at == day.at("10:20").timestamp()


def without_what_is_random(said):
    """Forms' tokens and their cookie."""
    headers = [(name, value) for name, value in said.headers if name not in {"Set-Cookie", "Content-Length"}]
    return headers, masked(said.body)


def test_public_pages_read_nothing_that_has_no_generation(site):
    """What they show besides would stay as it was."""
    made, strange = world.World(), set()
    for line in open_to_visitors():
        with CaptureQueriesContext(connection) as queries:
            said = site.ask(line.address(made), of_django=True)
        if is_public(said):
            read = {table for query in queries for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
            strange |= {(line.route, table) for table in read - set(triggers.tables(apps))}
    assert strange == set()


# What hinders it hinders nobody else


def test_an_event_that_cannot_be_read_breaks_its_own_pages_alone(event, site):
    """Its zone is gone from the machine's list, say: whoever keeps pages asks for its next beginning."""
    day.timed(event)
    assert site.is_kept("/privacy/")
    Event.objects.update(time_zone="Europe/Nowhere")
    signal_file.give()
    for path in ("/privacy/", "/healthz", "/"):
        assert site.ask(path) == site.ask(path, of_django=True)
    assert site.ask("/privacy/").status == "200 OK"


def test_a_fault_in_keeping_is_told_and_django_answers(programme, site, monkeypatch, caplog):
    assert site.is_kept("/")
    monkeypatch.setattr(site.pages, "_find", lambda *_: 1 / 0)
    assert site.ask("/") == site.ask("/", of_django=True)
    assert "a kept page was not found" in [line.getMessage() for line in caplog.records]


def test_what_needs_no_database_does_not_wait_for_it(programme, site, django_assert_num_queries):
    assert site.is_kept("/")
    for path in ("/static/no-such.css", "/no/such/page/"):
        signal_file.give()
        with CaptureQueriesContext(connection) as queries:
            said = site.ask(path, of_django=True)
        with django_assert_num_queries(len(queries)):
            assert site.ask(path) == said


# How much, and whether at all


def test_there_is_an_end_to_what_is_kept(programme, site, monkeypatch):
    monkeypatch.setattr(kept, "AT_MOST", 3)
    for zeros in range(20):
        for _ in range(3):
            assert site.ask(f"/{'0' * zeros}2022/").status == "200 OK"
        assert len(site.pages.paths) <= 3
        assert len(site.pages.known.answers) <= 3
    assert site.is_kept("/")


def test_an_address_that_is_known_makes_no_room(programme, site, monkeypatch):
    assert site.is_kept("/")
    monkeypatch.setattr(kept, "AT_MOST", 1)
    before = len(site.asked)
    site.ask("/", HTTP_IF_NONE_MATCH="*")  # Django's to answer
    site.ask("/")
    assert len(site.asked) == before + 1


def test_room_may_be_made_by_another_thread_at_any_moment(programme, site):
    """Here in the middle of counting the bytes."""
    assert site.is_kept("/")

    class Body(bytes):
        def __len__(self):
            site.pages.known.answers.clear()
            return super().__len__()

    for number in range(3):
        site.pages.known.answers[f"/{number}", False] = kept.Answer([], Body(b"body"), "", [])
    assert site.is_kept("/es/")


def test_there_is_an_end_to_their_bytes(programme, site, monkeypatch):
    room = 2 * len(site.ask("/", HTTP_ACCEPT_ENCODING="").body)
    monkeypatch.setattr(kept, "BYTES_AT_MOST", room)
    for zeros in range(10):
        assert site.is_kept(f"/{'0' * zeros}2022/", HTTP_ACCEPT_ENCODING="")
        assert sum(len(one.body) for one in site.pages.known.answers.values()) <= room


def test_the_log_says_how_many_were_given(programme, site, caplog):
    caplog.set_level("INFO", "techtrack")
    assert site.is_kept("/")
    site.pages.known = site.pages.known._replace(asked_at=float("inf"))
    before = site.pages.given
    for _ in range(5):
        site.ask("/", HTTP_IF_NONE_MATCH=site.ask("/").etag)
    signal_file.give()
    caplog.clear()
    site.ask("/")
    assert [(line.getMessage(), line.times) for line in caplog.records] == [("kept pages were given", before + 10)]
    signal_file.give()
    site.ask("/", HTTP_IF_NONE_MATCH="*")  # Django's to answer
    signal_file.give()
    caplog.clear()
    site.ask("/")
    assert caplog.records == []


def test_while_one_is_made_django_answers_others(programme, site):
    site.ask("/")
    with site.pages.one_at_a_time:
        assert site.ask("/").status == "200 OK"
        assert site.pages.known.answers == {}
    assert site.is_kept("/")


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("setting", "at_least", "at_most"), [("1", 1, 4), ("0", 40, 40)])
def test_the_setting_turns_it_off(live_site, setting, at_least, at_most):
    """Told by the log, in which a kept answer is no line: each of two workers answers once, and makes the page once."""
    world.public_part(world.event())
    site = live_site.start(env=REAL | {"KEEP_PAGES": setting})
    sent = Request(f"http://127.0.0.1:{site.port}/", headers={"Host": HOST, "X-Forwarded-Proto": "https"})
    for _ in range(40):
        with urlopen(sent, timeout=30) as answer:
            assert answer.status == 200
    assert at_least <= site.log.read_text().count('"route": "sessions:agenda"') <= at_most
