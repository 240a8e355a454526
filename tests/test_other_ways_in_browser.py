"""People who come another way, as they and the organiser see it: a real browser, real mail, no scripts needed."""

import pytest
from playwright.sync_api import expect

from registration.models import AccessRequest, Invitation

from . import world
from .browser import follow
from .wire import login_session

pytestmark = [pytest.mark.browser, pytest.mark.slow]

JANE = "jane.doe@example.com"
MAIL = """From: "Doe, Jane" <Jane.Doe@Example.com>
Subject: Tech Track

Please register me for the private sessions.

Best regards,
Jane Doe
Trust & Safety Lead, Example Platform
"""


@pytest.fixture
def secret(event):
    return world.session(world.track(event, "morning", "industry", 1), "Only for guests", 1)


@pytest.fixture
def desk(new_page, live_site, olga):
    page = new_page(java_script_enabled=False)
    page.context.add_cookies([{"name": "sessionid", "value": login_session(olga), "url": live_site.url}])
    return page


def sign_in(page, address, mailbox):
    page.get_by_label("Your work e-mail address").fill(address)
    follow(page.get_by_role("button", name="Send me a code"))
    page.get_by_label("Code", exact=False).first.fill(mailbox.code_for(address))
    follow(page.get_by_role("button", name="Sign in"))


def test_a_mail_is_entered_with_two_clicks_and_its_writer_comes_in(
    event, secret, desk, live_site, mailbox, mail_worker, page_without_js
):
    desk.goto(f"{live_site.url}/admin/registration/accessrequest/")
    follow(desk.get_by_role("link", name="Enter by hand"))
    desk.get_by_role("textbox", name="The e-mail").fill(MAIL)
    follow(desk.get_by_role("button", name="Fill in from it"))
    expect(desk.get_by_label("E-mail address")).to_have_value(JANE)
    expect(desk.get_by_label("Full name")).to_have_value("Jane Doe")
    follow(desk.get_by_role("button", name="Enter the request"))
    expect(desk.locator(".messagelist")).to_contain_text("Jane Doe: entered")
    expect(desk.locator("body")).to_contain_text("not proven yet: an approval opens nothing before")
    follow(desk.get_by_role("button", name="Approve").first)
    expect(desk.locator("body")).to_contain_text("approved")

    told = mailbox.wait_for(JANE, "We have your request")
    assert "You wrote to the organisers" in told.text
    mailbox.wait_for(JANE, "You have access")
    jane = page_without_js
    jane.goto(f"{live_site.url}/account/login/")
    sign_in(jane, JANE, mailbox)
    expect(jane.get_by_role("heading", level=1)).to_have_text("Agree to the handling rules")
    jane.goto(f"{live_site.url}/")
    expect(jane.locator("body")).not_to_contain_text(secret.title)
    jane.goto(f"{live_site.url}/register/status/")
    follow(jane.get_by_role("link", name="Read the rules and agree"))
    jane.locator("input[name=rules]").check()
    follow(jane.get_by_role("button", name="I agree"))
    expect(jane.get_by_role("heading", level=2).first).to_contain_text("Approved")
    jane.goto(f"{live_site.url}/")
    expect(jane.locator("body")).to_contain_text(secret.title)


def test_an_invited_person_comes_in_by_the_mail_and_whom_it_was_forwarded_to_does_not(
    event, secret, desk, live_site, mailbox, mail_worker, new_page
):
    desk.goto(f"{live_site.url}/admin/registration/invitation/")
    follow(desk.get_by_role("link", name="Invite", exact=True))
    desk.get_by_label("Addresses, one a line").fill(f"{JANE};Jane Doe;Example Platform\nnonsense")
    follow(desk.get_by_role("button", name="Look at each line"))
    expect(desk.locator(".line-faults")).to_contain_text("Line 2, nonsense")
    assert mailbox.messages == []
    follow(desk.get_by_role("button", name="Send 1 invitation"))
    expect(desk.locator(".messagelist")).to_have_text("1 invitation sent.")

    link = f"{live_site.url}/register/"
    assert link in mailbox.wait_for(JANE, "You are invited").text
    mallory = new_page(java_script_enabled=False)
    mallory.goto(link)
    sign_in(mallory, "mallory@example.com", mailbox)
    expect(mallory.get_by_role("heading", level=1)).to_have_text("Ask for access to the private morning")
    mallory.goto(f"{live_site.url}/register/invitation/")
    mallory.wait_for_url("**/register/status/")

    jane = new_page(java_script_enabled=False)
    jane.goto(link)
    sign_in(jane, JANE, mailbox)
    expect(jane.get_by_role("heading", level=1)).to_have_text("Your invitation")
    expect(jane.get_by_label("Full name")).to_have_value("Jane Doe")
    jane.get_by_label("Job title").fill("Lead")
    jane.get_by_label("Kind of organisation").select_option("platform")
    jane.get_by_label("Why do you wish to attend?").fill("To learn.")
    jane.locator("input[name=registered][value=yes]").check()
    jane.locator("input[name=reception][value=yes]").check()
    jane.locator("input[name=rules]").check()
    follow(jane.get_by_role("button", name="Accept the invitation"))
    expect(jane.get_by_role("heading", level=2).first).to_contain_text("Approved")
    jane.goto(f"{live_site.url}/")
    expect(jane.locator("body")).to_contain_text(secret.title)
    mailbox.wait_for(JANE, "You have access")

    desk.reload()
    expect(desk.locator("#result_list")).to_contain_text("accepted")
    assert (Invitation.objects.get().state, AccessRequest.objects.get().origin) == ("accepted", "invitation")
