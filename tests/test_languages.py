"""The language of a page stands in its address: nothing that the browser says or keeps changes it."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.utils import translation

from registration.mail.letters import letter
from registration.models import AccessRequest, Mail, User
from registration.sign_in import codes, devices
from sessions.models import Event, Session

from . import people, world
from .people import Browser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ADDRESSES = ("/", "/sessions/reporting-cycle/", "/privacy/", "/handling-rules/", "/register/", "/account/login/")


@pytest.fixture(autouse=True)
def _programme(event):
    world.public_part(event)


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_page_stands_below_es_too_and_says_its_language(address):
    for prefix, language in (("", "en"), ("/es", "es")):
        answer = Browser().get(prefix + address, headers={"Accept-Language": "fr, es;q=0.9"})
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.content.decode()
        assert "Accept-Language" not in answer["Vary"]
        assert "Content-Language" not in answer
        assert "language" not in "".join(answer.cookies)
        assert translation.get_language() == "en"


def test_links_and_redirects_keep_the_language():
    page = Browser().get("/es/").content.decode()
    for address in ("/es/", "/es/sessions/reporting-cycle/", "/es/register/", "/es/account/login/", "/es/privacy/"):
        assert f'href="{address}"' in page
    assert 'href="/register/"' not in page
    assert Browser().get("/es/register/status/")["Location"] == ("/es/account/login/?next=/es/register/status/")
    signed_in = people.browser_of(people.person("ada@example.com"))
    assert signed_in.post("/es/account/logout/")["Location"] == "/es/"


def test_what_has_one_address_has_no_other():
    for address in ("/es/admin/", "/es/healthz", "/en/", "/fr/", "/es/es/"):
        assert Browser().get(address).status_code == 404, address


# Words


class Read(HTMLParser):
    """The words of a page in its own language: in texts, and in attributes that are read out."""

    VOID = {"meta", "link", "input", "br", "img", "path", "circle", "rect"}
    UNREAD = {"script", "style", "code", "time"}

    def __init__(self, page):
        super().__init__()
        self.within, self.words = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        foreign = tag in self.UNREAD or (tag != "html" and "lang" in given)
        if not foreign and not any(self.within):
            read = [given.get(name) for name in ("aria-label", "title", "placeholder", "alt")]
            read += [given.get("content")] if given.get("name") == "description" else []
            read += [value for name, value in attributes if name.startswith("data-")]
            self.words |= {text for text in read if text}
        if tag not in self.VOID:
            self.within.append(foreign)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            self.within.pop()

    def handle_data(self, data):
        if not any(self.within):
            self.words.add(" ".join(data.split()))


# What is the same in both: names, addresses, signs, what somebody typed.
NAMES = re.compile(
    r"[\W\d_]*|.*\b(Tech Track|Dallas|Chicago|CACC|TLP:\S+|NCMEC|Kim Example|English|Español)\b.*"
    r"|.*\b(techtrack\.test|example\.com)\b.*"
    r"|How reports travel\.|schedule\.(xml|json)|ABCD-EFGH|Cookies|no"
)


def left_in_english(browser, address):
    english, spanish = (Read(browser.get(prefix + address).content.decode()).words for prefix in ("", "/es"))
    return {words for words in english & spanish if not NAMES.fullmatch(words)}


PAGES = (
    *("/", "/2022/?q=zzz", "/sessions/reporting-cycle/", "/organisations/ncmec/", "/my-agenda/?s=reporting-cycle"),
    *("/my-agenda/?s=equally&out=reporting-cycle", "/changes/", "/calendar/", "/register/", "/privacy/"),
    *("/handling-rules/", "/account/login/", "/account/inactive/", "/no-such-page/"),
)


@pytest.mark.parametrize("address", PAGES)
def test_no_word_of_a_page_is_left_in_english(address):
    Session.objects.filter(slug="reporting-cycle").update(start=dt.time(13), end=dt.time(13, 45))
    assert left_in_english(Browser(), address) == set()


def test_nor_of_ones_own_pages(event):
    boss = people.organiser("boss@techtrack.test")
    for state in ("pending", "approved", "waiting", "declined", "withdrawn", "revoked"):
        person = people.person(f"{state}@example.com")
        request = people.ask(person, event, full_name="9", organisation="9", job_title="9", why="9", needs="9")
        if state in {"approved", "revoked"}:
            request.approve(by=boss)
        if state in {"waiting", "declined", "withdrawn", "revoked"}:
            step = {"waiting": "wait", "declined": "decline", "withdrawn": "withdraw", "revoked": "revoke"}[state]
            getattr(request, step)(by=person if state == "withdrawn" else boss)
        person.refresh_from_db()
        browser = people.browser_of(person)
        for address in ("/", "/register/status/", "/register/", "/my-agenda/kept/", "/account/sessions/"):
            assert left_in_english(browser, address) == set(), (state, address)
        if state in {"pending", "approved"}:
            for address in ("/register/edit/", "/register/withdraw/", "/register/calendar/", "/register/changes/"):
                assert left_in_english(browser, address) == set(), (state, address)


def test_a_word_that_is_not_marked_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(translation._trans, "gettext", lambda message: message)
    assert "Privacy" in left_in_english(Browser(), "/privacy/")


def test_errors_of_forms_are_in_the_pages_language():
    page = Browser().post("/es/account/login/", {"email": ""}).content.decode()
    assert "Escriba su dirección de correo del trabajo." in page
    person = people.browser_of(people.person("ada@example.com"))
    page = person.post("/es/register/", {"full_name": "Ada"}).content.decode()
    assert "Este campo es obligatorio" in page
    assert "This field is required" not in page


def test_the_programmes_own_words_stay_and_are_marked():
    page = Browser().get("/es/sessions/reporting-cycle/").content.decode()
    assert '<h1 lang="en">Reporting cycle</h1>' in page
    assert "<h1>Reporting cycle</h1>" in Browser().get("/sessions/reporting-cycle/").content.decode()


def test_dates_and_times_are_in_the_pages_form(event):
    Session.objects.filter(slug="reporting-cycle").update(start=dt.time(13), end=dt.time(13, 45))
    english, spanish = (Browser().get(f"{prefix}/sessions/reporting-cycle/").content.decode() for prefix in ("", "/es"))
    assert "Tuesday, 9 August 2022" in english
    assert ">1:00 p.m.<" in english.replace("1 p.m.", "1:00 p.m.")
    assert "martes, 9 de agosto de 2022" in spanish
    assert ">13:00<" in spanish
    Event.objects.update(registration_opens=dt.datetime(2099, 8, 1, 14, tzinfo=dt.UTC))
    assert "1 de agosto de 2099, 09:00 (America/Chicago)" in Browser().get("/es/register/").content.decode()


# Ways between languages


def test_each_page_leads_to_itself_in_the_other_language():
    for address in ("/my-agenda/?s=equally", "/sessions/reporting-cycle/", "/privacy/"):
        shown = address.replace("&", "&amp;")
        assert f'<a href="/es{shown}" hreflang="es" lang="es">Español</a>' in Browser().get(address).content.decode()
        page = Browser().get(f"/es{address}").content.decode()
        assert f'<a href="{shown}" hreflang="en" lang="en">English</a>' in page


def test_pages_for_search_engines_name_both(settings):
    for prefix in ("", "/es"):
        page = Browser().get(f"{prefix}/sessions/reporting-cycle/").content.decode()
        site = settings.SITE_URL
        assert f'<link rel="canonical" href="{site}{prefix}/sessions/reporting-cycle/">' in page
        for code, address in (("en", ""), ("es", "/es"), ("x-default", "")):
            assert f'hreflang="{code}" href="{site}{address}/sessions/reporting-cycle/">' in page


def test_what_has_one_language_and_what_is_refused_offers_no_other():
    boss = people.browser_of(people.organiser("boss@techtrack.test"))
    for page in (boss.get("/account/second-factor/"), Browser().get("/sessions/never-was/")):
        assert b"hreflang" not in page.content
    assert boss.get("/es/account/second-factor/").status_code == 404


# Mails


def code_mail(prefix):
    Browser().post(f"{prefix}/account/login/", {"email": "ada@example.com"})
    return letter(Mail.objects.filter(purpose=Mail.SIGN_IN_CODE).latest("pk"))


def test_a_code_comes_in_the_language_of_the_page_that_asked():
    assert code_mail("/es").subject == "Su código de acceso al Tech Track"
    assert code_mail("").subject == "Your sign-in code for the Tech Track"
    assert User.objects.get(email="ada@example.com").language == "en"  # nobody has proven anything


def test_who_signs_in_or_asks_in_spanish_is_written_to_in_spanish(event):
    browser = Browser()
    browser.post("/es/account/login/", {"email": "ada@example.com", "next": "/es/register/"})
    code = letter(Mail.objects.latest("pk")).body.split()[2]
    landed = browser.post("/es/account/login/code/", {"code": code, "next": "/es/register/"})
    assert landed["Location"] == "/es/register/"
    ada = User.objects.get(email="ada@example.com")
    assert ada.language == "es"
    request = people.ask(ada, event)  # in another language, which is their own from then on
    ada.refresh_from_db()
    assert ada.language == "en"
    ada.reads("es")
    boss = people.organiser("boss@techtrack.test")
    AccessRequest.objects.get(pk=request.pk).approve(by=boss, words="Welcome!")
    mail = letter(Mail.objects.filter(purpose="approved").get())
    assert mail.subject == f"Tiene acceso: {event}"
    html = mail.alternatives[0][0]
    assert '<html lang="es">' in html
    for text in (mail.body, html):
        assert "/es/register/status/" in text
        assert "La organización añade:" in text
        assert "Welcome!" in text
        for english in ("Your ", "You ", "Sign in", "Questions"):
            assert english not in text


def test_organisers_are_written_to_in_english_of_what_is_theirs():
    boss = people.organiser("boss@techtrack.test", language="es")
    Mail.objects.queue(Mail.SECOND_FACTOR, boss, about="codes-made")
    assert letter(Mail.objects.latest("pk")).subject == "Your second factor for the Tech Track"


# What is kept


def test_what_is_kept_of_a_browser_is_in_no_language():
    agent = "Mozilla/5.0 (iPhone) AppleWebKit Safari/604.1"
    for kept, spanish in (
        (devices.in_plain_words(agent), "Safari en un iPhone"),
        ("A browser on Windows", "Un navegador en Windows"),
        ("A browser", "Un navegador"),
        ("", "Un navegador"),
        ("Firefox", "Firefox"),
    ):
        with translation.override("es"):
            assert devices.in_own_words(kept) == spanish
            assert devices.in_plain_words(agent) == "Safari on an iPhone"
        assert devices.in_own_words(kept) == (kept or "A browser")


def test_a_code_is_counted_whatever_its_language():
    for prefix in ("", "/es") * (codes.MAILS_AN_HOUR // 2):
        Browser().post(f"{prefix}/account/login/", {"email": "ada@example.com"})
    assert Browser().post("/es/account/login/", {"email": "ada@example.com"}).status_code == 429
