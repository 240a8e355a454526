"""Settings come from the environment; what makes no sense, or is not safe, does not start."""

import importlib.util
import os
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from . import environment

pytestmark = pytest.mark.fast

REAL = {
    "SITE_URL": "https://techtrack.example.org",
    "SECRET_KEY": "x1" * 25,
    "EMAIL_URL": "smtps://us:secret@mail.example.org",
    "DEFAULT_FROM_EMAIL": "techtrack@example.org",
    "TRUSTED_PROXY_COUNT": "0",
}


@pytest.fixture
def load(monkeypatch, tmp_path):
    """A function: a module of ours, read afresh, under exactly these environment variables."""

    def load(name="settings", **variables):
        for known in environment.SETTINGS & set(os.environ):
            monkeypatch.delenv(known)
        for variable, value in {"DATA_DIR": str(tmp_path / "data"), **variables}.items():
            monkeypatch.setenv(variable, value)
        spec = importlib.util.find_spec(f"cacc_techtrack.{name}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_without_any_setting_the_site_is_local_and_safe(load, tmp_path):
    settings = load()

    assert (settings.LOCAL, settings.DEBUG, settings.SITE_URL) == (True, False, "http://localhost:8000")
    assert (settings.HOST, settings.PORT, settings.TRUSTED_PROXY_COUNT) == ("127.0.0.1", 8000, 0)
    assert settings.ALLOWED_HOSTS == ["localhost", "localhost", "127.0.0.1", "[::1]"]
    assert settings.DATABASES["default"]["NAME"] == tmp_path / "data" / "techtrack.sqlite3"
    assert settings.EMAIL_BACKEND == "registration.mail.backend.FolderBackend"


def test_what_is_written_can_be_read_by_its_owner_alone(load, tmp_path):
    first, second = load().SECRET_KEY, load().SECRET_KEY

    assert first == second == (tmp_path / "data" / "secret_key").read_text()
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_an_empty_variable_counts_as_one_that_is_not_set(load):
    assert load(SITE_URL="", PORT="", HOST=" ", DATABASE_URL="").SITE_URL == "http://localhost:8000"


def test_a_real_site_starts_with_what_it_needs_and_writes_no_secret(load, tmp_path):
    settings = load(**REAL)

    assert (settings.LOCAL, settings.HTTPS, settings.ALLOWED_HOSTS) == (False, True, ["techtrack.example.org"])
    assert settings.SECRET_KEY == REAL["SECRET_KEY"]
    assert not (tmp_path / "data" / "secret_key").exists()


@pytest.mark.parametrize("name", ["SECRET_KEY", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "TRUSTED_PROXY_COUNT"])
def test_a_real_site_refuses_to_start_without(load, name):
    with pytest.raises(ImproperlyConfigured, match=rf"cannot start without: {name} \("):
        load(**{**REAL, name: ""})


def test_a_real_site_names_everything_that_it_lacks_at_once(load):
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(SITE_URL="http://techtrack.example.org", SECRET_KEY="short", DEBUG="1")

    for name in ["SECRET_KEY", "SITE_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "TRUSTED_PROXY_COUNT", "DEBUG"]:
        assert f" {name} (" in str(refusal.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_a_local_site_is_not_shown_to_other_machines(load, host):
    with pytest.raises(ImproperlyConfigured, match=r"^HOST is "):
        load(HOST=host)
    assert load(**REAL, HOST=host).HOST == host


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1:9000", "http://[::1]:8000"])
def test_a_loopback_address_is_local(load, url):
    settings = load(SITE_URL=url)

    assert (settings.LOCAL, settings.SITE_URL) == (True, url)


@pytest.mark.parametrize(
    ("variables", "prefix", "secure"),
    [({}, "", False), ({"SITE_URL": "https://localhost:8443"}, "__Host-", True), (REAL, "__Host-", True)],
    ids=["http", "https on this machine", "real"],
)
def test_cookies_are_host_bound_and_secure_exactly_when_the_address_is_https(load, variables, prefix, secure):
    settings = load(**variables)

    assert (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME) == (f"{prefix}sessionid", f"{prefix}csrftoken")
    assert (settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE) == (secure, secure)
    assert (settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS > 0) == (secure, secure)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "٨٠٠٠"),
        ("PORT", "9" * 5000),
        ("SITE_URL", "ftp://x"),
        ("SITE_URL", "techtrack.example.org"),
        ("SITE_URL", "https://techtrack.example.org/site"),
        ("SITE_URL", "https://user@techtrack.example.org"),
        ("SITE_URL", "http://localhost:abc"),
        ("EMAIL_URL", "nonsense"),
        ("EMAIL_URL", "smtp://"),
        ("EMAIL_URL", "smtp://mail.example.org:abc"),
        ("TRUSTED_PROXY_COUNT", "-1"),
        ("TRUSTED_PROXY_COUNT", "one"),
        ("DEBUG", "perhaps"),
        ("HSTS_PRELOAD", "2"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(load, name, value):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is "):
        load(**{name: value})


def test_a_refused_mail_address_does_not_show_its_password(load):
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(EMAIL_URL="smpt://us:hunter2@mail.example.org")

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtp+tls://mail.example.org", 587, True, False),
        ("smtps://mail.example.org", 465, False, True),
        ("smtp://mail.example.org:2525", 2525, False, False),
    ],
)
def test_mail_leaves_the_way_its_url_says(load, url, port, starttls, tls):
    settings = load(EMAIL_URL=url)

    assert settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
    assert (settings.EMAIL_HOST, settings.EMAIL_PORT) == ("mail.example.org", port)
    assert (settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL) == (starttls, tls)


def test_the_way_to_the_mail_server_may_hold_any_character(load):
    settings = load(EMAIL_URL="smtps://us%40example.org:p%2Fw%3A@mail.example.org")

    assert (settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD) == ("us@example.org", "p/w:")


def test_the_web_server_has_as_many_workers_as_it_is_told(load, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 64)

    assert (load("gunicorn").workers, load("gunicorn", WEB_CONCURRENCY="7").workers) == (4, 7)
    with pytest.raises(ImproperlyConfigured, match=r"^WEB_CONCURRENCY is "):
        load("gunicorn", WEB_CONCURRENCY="0")


@pytest.mark.parametrize(("count", "trusted"), [(0, {}), (1, {"X-FORWARDED-PROTO": "https"})])
def test_the_web_server_believes_a_proxy_only_where_there_is_one(load, settings, count, trusted):
    settings.TRUSTED_PROXY_COUNT = count

    gunicorn = load("gunicorn")

    assert (gunicorn.secure_scheme_headers, gunicorn.forwarder_headers) == (trusted, "")
    assert gunicorn.forwarded_allow_ips == "127.0.0.1,::1"
