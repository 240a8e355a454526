"""Corporate mail scanners open every link of a mail in a browser of their own, run its scripts and press buttons."""

import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from registration.mail.letters import letter
from registration.models import AccessRequest, Decision, LoginSession, Mail, SignInCode, User

from . import people, world
from .browser import follow
from .people import Browser, person
from .steps import LOGIN, newest_code, type_code

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LINK = re.compile(r'href="(https?://[^"]+)"')


def as_it_is():
    """All that a press of a button could change; the scanner's own code mails apart."""
    return (
        list(AccessRequest.objects.order_by("pk").values_list("pk", "state", "version")),
        Decision.objects.count(),
        User.objects.count(),
        list(SignInCode.objects.order_by("pk").values_list("pk", "used_at", "wrong_tries")),
        LoginSession.objects.exclude(user=None).count(),
        Mail.objects.count(),
    )


def test_a_scanner_that_runs_scripts_and_presses_the_first_button_changes_nothing(live_site, new_page):
    """LINK-01, LINK-02: every link of every mail, thrice, in browsers without anybody's cookies."""
    event = world.event()
    olga, ada = people.organiser(), person("ada@example.com")
    request = people.ask(ada, event)
    for verb in ("wait", "approve", "revoke", "reopen", "decline"):
        getattr(request, verb)(by=olga)
    home = Browser()
    home.post(LOGIN, {"email": ada.email, "next": "/register/"})
    letters = [letter(mail) for mail in Mail.objects.all()]
    links = {link for one in letters for html, _ in one.alternatives for link in LINK.findall(html)}
    assert len(letters) == 7
    assert {urlsplit(link).netloc for link in links} == {urlsplit(settings.SITE_URL).netloc}
    before = as_it_is()
    pressed = 0
    for link in sorted(links) * 3:
        page = new_page()
        page.goto(live_site.url + urlsplit(link).path)
        button = page.locator("main button, main input[type=submit]").first
        if button.count():
            if button.evaluate("it => it.form.checkValidity()"):
                follow(button)
            else:
                button.click()  # the browser itself sends nothing
            pressed += 1
        assert "Sign out" not in page.content()
    assert pressed >= 3
    assert as_it_is() == before
    assert type_code(home, newest_code(ada.email)).status_code == 302  # the person's own code still works
    # the control: somebody who holds the code changes what is compared here
    assert as_it_is() != before
