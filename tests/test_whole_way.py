"""The whole way in a real browser: once without JavaScript, once with."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from registration.models import AccessRequest
from sessions.models import Session

from . import people
from .browser import follow
from .processes import BASE_DIR

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADA = "ada@platform.example"


@pytest.fixture
def programme(live_site):
    call_command("load_programme", str(BASE_DIR / "content" / "cacc-2022.toml"), verbosity=0)
    return list(Session.objects.filter(track__audience="industry").values_list("title", flat=True))


def sign_in_by_code(page, url, mailbox, address):
    page.goto(f"{url}/account/login/")
    page.get_by_label("Your work e-mail address").fill(address)
    follow(page.get_by_role("button", name="Send me a code"))
    page.get_by_label("Code", exact=False).first.fill(mailbox.code_for(address))
    follow(page.get_by_role("button", name="Sign in"))


@pytest.mark.parametrize("scripts", [False, True], ids=["without-js", "with-js"])
def test_from_visitor_to_guest_and_out_again(scripts, new_page, console, live_site, mailbox, mail_worker, programme):
    url = live_site.url
    page = new_page(java_script_enabled=scripts)

    # A visitor sees the afternoon and nothing of the morning.
    page.goto(url)
    expect(page.get_by_role("link", name="Reporting Cycle from ESPs to NCMEC")).to_be_visible()
    assert len(programme) == 4
    for title in programme:
        assert title not in page.content()
    expect(page.get_by_text("private", exact=False).first).to_be_visible()

    # They ask: an address, the code from the mail, the form.
    follow(page.locator("main").get_by_role("link", name="Ask for access"))
    page.get_by_label("Your work e-mail address").fill(ADA)
    follow(page.get_by_role("button", name="Send me a code"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Type the code")
    expect(page.get_by_text(ADA)).to_be_visible()
    page.get_by_label("Code", exact=False).first.fill(mailbox.code_for(ADA))
    follow(page.get_by_role("button", name="Sign in"))
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("Organisation", exact=False).first.fill("Analytical Engines")
    page.get_by_label("Job title").fill("Lead")
    page.get_by_label("Kind of organisation").select_option("platform")
    page.get_by_label("Why do you wish to attend?").fill("To compare notes.")
    page.locator("input[name=registered][value=yes]").check()
    page.locator("input[name=reception][value=maybe]").check()
    follow(page.get_by_role("button", name="Send the request"))  # without having agreed to the rules
    expect(page.get_by_text("Agree to the handling rules", exact=False).first).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value("Ada Lovelace")
    page.locator("input[name=rules]").check()
    follow(page.get_by_role("button", name="Send the request"))

    # Pending.
    expect(page).to_have_url(f"{url}/register/status/")
    expect(page.get_by_role("heading", name=re.compile("Received"))).to_be_visible()
    assert mailbox.wait_for(ADA, "We have your request")
    page.goto(url)
    for title in programme:
        assert title not in page.content()

    # An organiser approves in admin.
    olga = people.organiser("olga@techtrack.example", name="Olga")
    desk = new_page(java_script_enabled=scripts)
    sign_in_by_code(desk, url, mailbox, olga.email)
    desk.goto(f"{url}/admin/registration/accessrequest/")
    follow(desk.get_by_role("link", name="Ada Lovelace"))
    expect(desk.get_by_text("platform.example").first).to_be_visible()
    desk.get_by_label("Words to the person").fill("See you in Dallas.")
    follow(desk.get_by_role("button", name="Approve", exact=True))
    expect(desk.get_by_text("Ada Lovelace: approved.")).to_be_visible()

    # The person gets the mail and sees all four private sessions, and each has its page.
    assert "See you in Dallas." in mailbox.wait_for(ADA, "You have access").text
    page.goto(url)
    for title in programme:
        expect(page.get_by_role("link", name=title)).to_be_visible()
    follow(page.get_by_role("link", name=programme[0]))
    expect(page.get_by_role("heading", level=1)).to_have_text(programme[0])
    private_address = page.url

    # The organiser revokes; at the next click all of it is gone.
    request = AccessRequest.objects.get()
    desk.goto(f"{url}/admin/registration/accessrequest/{request.pk}/change/")
    follow(desk.get_by_role("button", name="Revoke", exact=True))
    expect(desk.get_by_text("Ada Lovelace: revoked.")).to_be_visible()
    page.goto(url)
    for title in programme:
        assert title not in page.content()
    console.expect("404 (Not Found)")
    response = new_page(java_script_enabled=scripts).goto(private_address)
    assert response.status == 404
    assert mailbox.wait_for(ADA, "Your access was ended")
