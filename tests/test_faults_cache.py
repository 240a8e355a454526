"""RL-04: without the cache sign-in is closed and says so; all else is up, and it opens again by itself."""

import contextlib

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import connection

from registration.models import Mail

from . import people, world
from .figures import report
from .mailbox import hold_port
from .test_faults_database import is_clear_503
from .wire import WireBrowser

pytestmark = [pytest.mark.live, pytest.mark.slow]

LOGIN, CODE = "/account/login/", "/account/login/code/"
AGAIN = "/account/second-factor/again/"
ADA = {"email": "ada@example.com", "next": "/register/"}


@pytest.fixture
def secret():
    made = world.event()
    world.public_part(made)
    return world.private_part(made, world.Canaries()).sessions.first()


@pytest.fixture
def without_redis(live_site):
    """The site with a Redis that takes no connections, asked by the real client library."""
    with contextlib.closing(hold_port()) as held:
        yield live_site.start(env={"CACHE_URL": f"redis://127.0.0.1:{held.getsockname()[1]}/0"})


@contextlib.contextmanager
def table_gone():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cache RENAME TO cache_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cache_away RENAME TO cache")


def sign_in_is_closed(url):
    """Every page of the way in, by GET and by POST, and nothing was begun by it."""
    stranger, before = WireBrowser(url), Mail.objects.count()
    token = stranger.token("/register/")
    for path in (LOGIN, CODE, "/account/second-factor/sign-in/"):
        assert is_clear_503(stranger.get(path))
        assert is_clear_503(stranger.post(path, ADA | {"code": "BBBB-BBBB"}, token))
    assert Mail.objects.count() == before
    return True


def all_else_is_up(url, secret):
    boss = people.organiser(f"olga{people.User.objects.count()}@techtrack.test")
    guest = people.approved(f"guest{boss.pk}@example.com", secret.track.event, by=boss)
    visitor, guest, desk = WireBrowser(url), WireBrowser(url, guest), WireBrowser(url, boss)
    for path in ("/", "/register/", "/privacy/", "/handling-rules/", "/healthz"):
        assert visitor.get(path).status == 200
    assert secret.title in guest.get("/").text
    assert guest.get("/register/status/").status == 200
    assert desk.get("/admin/registration/accessrequest/").status == 200
    assert "does not answer" in desk.get("/admin/health/").text
    assert guest.post("/account/logout/", {}, guest.token("/account/logout/")).status == 302
    return True


def test_with_the_cache_server_down_sign_in_is_closed_and_all_else_is_up(without_redis, secret):
    url = without_redis.url
    assert all_else_is_up(url, secret)
    assert sign_in_is_closed(url)
    log = without_redis.log.read_text()
    assert "sign-in is closed: the cache does not answer (why ConnectionError)" in log
    assert "Traceback" not in log
    report("RL-04 the cache server is down", signing_in=503, public_pages=200, guests=200, admin=200)


def test_a_factor_given_again_is_refused_while_it_cannot_be_counted(without_redis):
    """Inside a view that nothing guards: the answer is the same."""
    boss = people.organiser()
    TOTP.activate(boss, generate_totp_secret())
    browser = WireBrowser(without_redis.url, boss)
    token = browser.token(AGAIN)
    assert is_clear_503(browser.post(AGAIN, {"code": "000000"}, token))


def test_with_the_caches_table_gone_sign_in_is_closed_and_opens_again_by_itself(live_site, secret):
    url = live_site.url
    with table_gone():
        assert all_else_is_up(url, secret)
        assert sign_in_is_closed(url)
    browser = WireBrowser(url)
    token = browser.token(LOGIN)
    assert browser.post(LOGIN, ADA, token).status == 302
    assert Mail.objects.filter(purpose=Mail.SIGN_IN_CODE).count() == 1
    cache.clear()
    report("RL-04 the cache's table is gone", signing_in=503, public_pages=200, guests=200, reopened_by_itself=True)


def test_unguarded_sign_in_goes_on_without_its_counters(live_site, secret):
    """The control."""
    site = live_site.start(env={"UNLOCKED": "open"}, wsgi="tests.unlocked:application")
    with table_gone(), pytest.raises(AssertionError):
        sign_in_is_closed(site.url)
