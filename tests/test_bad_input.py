"""Bad input gets a clear message beside its field, keeps what was typed, and never breaks a page."""

import pytest
from django.conf import settings

from registration.models import AccessRequest, Mail, User

from . import people
from .people import FORM, Browser, browser_of, person
from .steps import LOGIN

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def browser(event):
    return browser_of(person("ada@example.com"))


ODD_NAMES = {
    "NUL": "Ada\x00Lovelace",
    "bidi override": "Ada \u202egnitset",
    "bidi isolate": "Ada \u2066x\u2069",
    "zero width": "Ada\u200bLovelace",
    "line separator": "Ada\u2028Lovelace",
    "line break": "Ada\nBcc: eve@example.com",
    "only spaces": "   ",
    "only a mark": "\u0301",
    "hangul filler": "\u3164\u3164",
    "blank braille": "Ada\u2800",
    "tag": "Ada\U000e0041",
    "many marks": "A" + "\u0301" * 100,
    "2 kB": "a" * 2_000,
    "100 kB": "a" * 100_000,
    "1 MB": "a" * 1_000_000,
}


@pytest.mark.parametrize("field", ["full_name", "organisation", "job_title"])
@pytest.mark.parametrize("kind", ODD_NAMES)
def test_odd_lines_are_refused_beside_their_field(browser, field, kind):
    response = browser.post("/register/", FORM | {field: ODD_NAMES[kind]})
    page = response.content.decode()
    assert response.status_code == 200
    assert f'id="error_1_id_{field}"' in page
    assert 'value="To learn' in page or "To learn how others report." in page
    assert AccessRequest.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Żółć",
        "王小明",
        "محمد علي",
        "Zoë 👩‍👩‍👧 Ng",
        "می‌خواهم",
        "O'Brien <b>",
        "=1+1",
        "A",
        "Nguye\u0302\u0303n",
        "Раураl",
    ],
)
def test_names_of_the_world_are_kept_as_typed(browser, name):
    assert browser.post("/register/", FORM | {"full_name": name}).status_code == 302
    assert AccessRequest.objects.get().full_name == name
    from django.utils.html import escape

    assert escape(name) in browser.get("/register/status/").content.decode()


@pytest.mark.parametrize("field", ["why", "needs"])
def test_long_texts_are_refused_up_to_a_megabyte_and_kept(browser, field):
    for size in (1_001, 100_000, 1_000_000):
        response = browser.post("/register/", FORM | {field: "x" * size})
        assert response.status_code == 200
        assert "Ensure this value has at most" in response.content.decode()
        assert "x" * size in response.content.decode()


def test_a_thousand_characters_are_a_thousand_however_lines_end(browser):
    assert browser.post("/register/", FORM | {"why": "line\r\n" * 200}).status_code == 302
    assert len(AccessRequest.objects.get().why) == 999


def test_more_than_a_megabyte_is_answered_413(browser):
    for path in ("/register/", LOGIN, "/", "/no-such-page", "/admin/"):
        assert browser.post(path, {"why": "x" * 10_000_000}).status_code == 413
    assert AccessRequest.objects.count() == 0


def test_a_choice_that_is_none_is_refused(browser):
    for field in ("kind", "registered", "reception"):
        page = browser.post("/register/", FORM | {field: "zzz"})
        assert "is not one of the available choices" in page.content.decode()


ODD_ADDRESSES = [
    "",
    "ada",
    "ada@",
    "@example.com",
    "ada@@example.com",
    "ada@exa mple.com",
    "ada@example.com\x00",
    "ada@example.com\r\nBcc: eve@example.com",
    "ada@example.com,eve@example.com",
    "用户@example.com",
    "ada\u202e@example.com",
    "ada@\u200b.com",
    "ada@-.com",
    "ada@" + "a" * 300 + ".com",
    "a" * 1_000_000,
    "ada@localhost",
    "ada@xn--a.example",
    '"ada smith"@example..com',
    "\u017f@x.com",
    # What a mail server, or a library on the way to it, may read as another mailbox.
    '"ada@evil.example"@example.com',
    '"ada@evil.example>"@example.com',
    '"\x01"@example.com',
    "ada%evil.example@example.com",
    "evil.example!ada@example.com",
    "=?utf-8?q?ada=40evil.example=3e=20?=@example.com",
    "=?utf-8?b?yubldmlslmnvbt4=?=@example.com",
    "x=?utf-8?q?ada=40evil.example?=@example.com",
    "ada|sh@example.com",
]


@pytest.mark.parametrize("address", ODD_ADDRESSES, ids=range(len(ODD_ADDRESSES)))
def test_what_is_no_address_is_said_beside_the_field(event, address):
    response = Browser().post(LOGIN, {"email": address, "next": "/register/"})
    assert response.status_code == 200
    assert 'id="error_1_id_email"' in response.content.decode()
    assert (User.objects.count(), Mail.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "address",
    ["ADA@EXAMPLE.COM", "ada+cacc@example.com", "ada@müller.example", "o'neil@example.com", "x=y@example.com"],
)
def test_addresses_that_look_odd_and_are_fine(event, address):
    assert Browser().post(LOGIN, {"email": address, "next": "/register/"}).status_code == 302
    assert Mail.objects.count() == 1


NUL_PATHS = [
    "/%00",
    "/sessions/a%00b/",
    "/?q=%00",
    "/?%00=1",
    "/register/?next=%00",
    "/account/login/?next=%00",
    "/admin/%00/",
    "/admin/registration/accessrequest/?q=%00",
    "/admin/registration/accessrequest/%00/change/",
]


@pytest.mark.parametrize("path", NUL_PATHS)
def test_a_nul_byte_outside_a_forms_values_is_refused(event, path):
    for one in (Browser(), browser_of(people.organiser())):
        assert 400 <= one.get(path).status_code < 500


def test_a_nul_byte_in_a_cookie_a_key_or_a_header_is_refused(event):
    for value in ('"a\\000b"', "a" * 40 + "%00", '"abcdefghijklmnop\\000qrstuvwxyz01234"'):
        browser = Browser()
        response = browser.get("/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={value}"})
        assert response.status_code in {200, 400}
    assert browser_of(people.organiser()).post("/register/", {"a\x00b": "1"}).status_code == 400
    assert Browser().get("/", headers={"X-Odd": "a\x00b"}).status_code in {200, 400}


@pytest.mark.parametrize(
    "path", ["/sessions/%ff%fe/", "/?q=%ff", "/sessions/%ed%a0%80/", "/%c0%af", "/account/login/?next=%ff"]
)
def test_bytes_that_are_no_text_do_not_break_a_page(event, path):
    for one in (Browser(), browser_of(people.organiser())):
        assert one.get(path).status_code in {200, 302, 400, 404}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"full_name=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"full_name=%ed%a0%80", "application/x-www-form-urlencoded"),
        (b"a&" * 3_000, "application/x-www-form-urlencoded"),
        (b"not multipart", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a\x00b"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"--x\r\nbroken", "multipart/form-data; boundary=" + "x" * 300),
        (b'{"a": "\\ud800"}', "application/json"),
        (b"\x1f\x8b\x08", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"a=1", "application/x-www-form-urlencoded; charset=no-such"),
        (b"email=%5Cud800@x.com", "application/x-www-form-urlencoded; charset=unicode_escape"),
        (b"--b\r\n", "multipart/form-data; boundary=b; charset=idna"),
        (b"--b\r\n", "multipart/form-data; boundary=b; charset=undefined"),
    ],
)
def test_odd_bodies_do_not_break_a_page(browser, body, kind):
    for path in ("/register/", "/register/edit/", LOGIN, "/account/login/code/", "/account/logout/"):
        status = browser.generic("POST", path, body, content_type=kind).status_code
        assert status in {200, 302, 400, 403, 413}, path
    assert AccessRequest.objects.count() == 0


TOKENLESS = [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Referer": "https://evil.example/"}]


@pytest.mark.parametrize("headers", TOKENLESS)
def test_a_form_from_elsewhere_is_refused_and_changes_nothing(event, headers):
    """F-07."""
    ada = person("ada@example.com")
    request = people.ask(ada, event)
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser_of(ada).cookies
    token = strict.get("/register/edit/").context["csrf_token"]
    others = Browser(enforce_csrf_checks=True)
    foreign = str(others.get("/account/login/").context["csrf_token"])
    for path in ("/register/withdraw/", "/register/edit/", "/register/", LOGIN, "/account/logout/"):
        for form in ({}, {"csrfmiddlewaretoken": foreign}, {"csrfmiddlewaretoken": "x" * 64}):
            assert strict.post(path, form, headers=headers).status_code == 403
        assert strict.post(path, b"a=1", content_type="text/plain", headers=headers).status_code == 403
        if headers:
            assert strict.post(path, {"csrfmiddlewaretoken": str(token)}, headers=headers).status_code == 403
    request.refresh_from_db()
    assert (request.state, request.version) == ("pending", 1)
    own = {"Origin": "https://techtrack.test"}  # the control: the same with the right token from the right place
    strict.post("/register/withdraw/", {"csrfmiddlewaretoken": str(token)}, headers=own)
    request.refresh_from_db()
    assert request.state == "withdrawn"
