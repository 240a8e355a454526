"""Mending at the desk in a real Chromium: no mail comes, so a code is read out; pages that come by a POST alone."""

import pytest
from playwright.sync_api import expect

from registration.models import Record

from . import people, world
from .browser import follow
from .mailbox import CODE
from .people import ask, person
from .test_axe import faults_of, looks_of
from .wire import login_session

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADA = "ada@corp.example"


@pytest.fixture
def asked(event):
    """Ada, who was entered and approved, and whose company keeps all our mails."""
    return ask(person(ADA, proven=False), event, full_name="Ada Lovelace")


@pytest.fixture
def at_the_desk(new_page, live_site):
    """A function: the organiser's browser, at an address."""
    mona = people.organiser("mona@techtrack.test", role="Administrator", name="Mona")

    def open_at(path, **options):
        page = new_page(**options)
        page.context.add_cookies([{"name": "sessionid", "value": login_session(mona), "url": live_site.url}])
        page.goto(live_site.url + path)
        return page

    return open_at


def page_of(request):
    return f"/admin/registration/accessrequest/{request.pk}/change/"


@pytest.mark.parametrize("scripts", [False, True], ids=["without-js", "with-js"])
def test_a_code_read_out_by_telephone_opens_the_private_morning(new_page, at_the_desk, live_site, asked, olga, scripts):
    world.private_part(asked.event, world.Canaries())
    asked.approve(by=olga)
    title = asked.event.tracks.get(slug="morning").sessions.first().title

    hers = new_page(java_script_enabled=scripts)
    hers.goto(f"{live_site.url}/account/login/?next=/")
    hers.get_by_label("Your work e-mail address").fill(ADA)
    follow(hers.get_by_role("button", name="Send me a code"))
    expect(hers.get_by_text("they can read out a code to you by telephone")).to_be_visible()

    desk = at_the_desk(page_of(asked), java_script_enabled=scripts)
    follow(desk.get_by_role("link", name="Read out a sign-in code"))
    follow(desk.get_by_role("button", name="Make a code"))
    code = desk.locator(".enrolment-code")
    expect(code).to_have_text(CODE)

    hers.get_by_label("Code", exact=False).first.fill(code.inner_text().lower().replace("-", " "))
    follow(hers.get_by_role("button", name="Sign in"))
    hers.goto(live_site.url)
    expect(hers.get_by_role("link", name=title)).to_be_visible()

    desk.goto(live_site.url + page_of(asked))
    expect(desk.get_by_text(f"{ADA}, proven by telephone")).to_be_visible()
    expect(desk.get_by_text("not proven yet")).to_have_count(0)


def test_pages_that_come_by_a_post_have_no_faults_for_axe(at_the_desk, live_site, asked, olga, tmp_path):
    other = ask(person("ada.lovelace@corp.example"), asked.event, full_name="Ada Lovelace", why="Another reason.")
    other.approve(by=olga)
    world.organisation("Known", email_domains=["known.example"])
    file = tmp_path / "organisations.csv"
    page = at_the_desk(f"/admin/registration/accessrequest/{asked.pk}/merge/?with={other.pk}")
    look_at(page)

    page.goto(f"{live_site.url}/admin/registration/accessrequest/{asked.pk}/address/")
    page.get_by_label("Their right address").fill(other.person.email)
    follow(page.get_by_role("button", name="Correct the address"))
    expect(page.get_by_text("Another person has this address.")).to_be_visible()
    look_at(page)

    page.goto(f"{live_site.url}/admin/registration/accessrequest/{asked.pk}/read-out/")
    follow(page.get_by_role("button", name="Make a code"))
    look_at(page)

    for content, said in (
        ("name,member\nKnown,yes\nNew,no\n", "Would be changed"),
        ("name,member\nKnown,perhaps\n", "Faulty lines"),
    ):
        file.write_text(content)
        page.goto(f"{live_site.url}/admin/agenda/organisation/upload/")
        page.get_by_label("CSV file").set_input_files(file)
        follow(page.get_by_role("button", name="Look at it"))
        expect(page.get_by_role("heading", name=said)).to_be_visible()
        look_at(page)
    assert Record.objects.count() == 1


def look_at(page):
    for look in looks_of(page):
        assert faults_of(page) == [], look
        assert page.evaluate("document.documentElement.scrollWidth") <= look[0]
