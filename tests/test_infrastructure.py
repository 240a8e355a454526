"""The tests' own servers do what other tests rely on."""

from urllib.request import urlopen

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection


def send_by_smtp(mailbox, **message):
    backend = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=mailbox.port)
    return EmailMultiAlternatives(from_email="us@techtrack.test", connection=backend, **message).send()


@pytest.mark.fast
def test_mail_that_leaves_by_smtp_is_in_the_mailbox(mailbox):
    send_by_smtp(mailbox, to=["Ada@Example.org"], subject="Your code", body="Type BCDF-GHJK, please.")

    received = mailbox.wait_for(to="ada@example.org", subject_contains="code")

    assert (received.subject, received.text, received.recipients) == (
        "Your code",
        "Type BCDF-GHJK, please.\n",
        ("Ada@Example.org",),
    )
    assert mailbox.code_for("ada@example.org") == "BCDF-GHJK"


@pytest.mark.live
def test_the_live_site_says_that_it_is_well(live_site):
    with urlopen(f"{live_site.url}/healthz") as response:
        assert (response.status, response.read()) == (200, b"ok")
        assert response.headers["Set-Cookie"] is None


@pytest.mark.browser
def test_the_browser_opens_a_page(live_site, page, page_without_js, console):
    console.expect("/favicon.ico")  # what answers in plain text cannot name its icon
    for browser_page in (page, page_without_js):
        browser_page.goto(f"{live_site.url}/healthz")
        assert browser_page.inner_text("body") == "ok"
