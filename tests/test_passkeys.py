"""Passkeys beside the app, in a real Chromium with a virtual authenticator: given, and refused (SI-18)."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from registration.models import Mail

from . import people
from .browser import follow
from .test_second_factor import make_organiser, totp
from .test_whole_way import sign_in_by_code

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOSS = "boss@techtrack.test"
INDEX = "/account/second-factor/"


class Device:
    """A virtual authenticator in one browser."""

    def __init__(self, page, *, verifies=True):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasUserVerification": True,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
        }
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def verifies(self, does):
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": does})

    def credentials(self):
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def set_back(self, count):
        """As a copy of the key would be that was made earlier."""
        for credential in self.credentials():
            which = {"authenticatorId": self.id, "credentialId": credential["credentialId"]}
            self.session.send("WebAuthn.removeCredential", which)
            counted = {"authenticatorId": self.id, "credential": credential | {"signCount": count}}
            self.session.send("WebAuthn.addCredential", counted)


@pytest.fixture
def enrolled(page, live_site, mailbox, mail_worker):
    """A new organiser who set up a passkey as the first factor; gives the device."""
    _, code = make_organiser(BOSS)
    device = Device(page)
    sign_in_by_code(page, live_site.url, mailbox, BOSS)
    page.wait_for_url("**/register/**")
    page.goto(f"{live_site.url}/account/second-factor/passkeys/add/")
    page.get_by_label("Enrolment code").fill("BBBB-BBBB-BBBB")
    follow(page.get_by_role("button", name="Add a passkey"))
    page.get_by_text("This is not your enrolment code").wait_for()
    assert not Authenticator.objects.exists()
    page.get_by_label("Enrolment code").fill(code)
    page.get_by_label("A name for it").fill("laptop")
    follow(page.get_by_role("button", name="Add a passkey"))
    page.wait_for_url(f"**{INDEX}")
    assert "laptop" in page.content()
    return device


def sign_out(page, url, mailbox):
    mailbox.clear()  # so that the next code found is the next one sent
    page.context.clear_cookies()
    page.goto(url)


def news():
    return list(Mail.objects.filter(purpose=Mail.SECOND_FACTOR).order_by("pk").values_list("about", flat=True))


def login_cookie(page):
    (cookie,) = [cookie["value"] for cookie in page.context.cookies() if "sessionid" in cookie["name"]]
    return cookie


def give(page):
    follow(page.get_by_role("button", name="Use a passkey"))


def test_the_whole_way_with_a_passkey(page, live_site, mailbox, enrolled):
    assert news() == ["passkey-added"]
    assert "passkey was added" in mailbox.wait_for(BOSS, "second factor").text
    assert Authenticator.objects.get().type == "webauthn"

    # Signing in asks for it.
    sign_out(page, live_site.url, mailbox)
    sign_in_by_code(page, live_site.url, mailbox, BOSS)
    page.wait_for_url("**/second-factor/sign-in/")
    give(page)
    page.wait_for_url("**/register/**")

    # Recovery codes and a further factor ask for it again; the enrolment code is not asked for.
    page.goto(f"{live_site.url}/account/second-factor/recovery-codes/")
    page.wait_for_url("**/second-factor/again/passkey/**")
    before = login_cookie(page)
    give(page)
    page.wait_for_url("**/second-factor/recovery-codes/")
    assert login_cookie(page) != before
    follow(page.get_by_role("button", name="Make and show them"))
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    codes = page.locator(".recovery-codes code").all_inner_texts()
    assert len(set(codes)) == 10
    page.goto(f"{live_site.url}/account/second-factor/set-up/")
    expect(page.get_by_label("Enrolment code")).to_have_count(0)

    # A recovery code opens once.
    for works in (True, False):
        sign_out(page, live_site.url, mailbox)
        sign_in_by_code(page, live_site.url, mailbox, BOSS)
        page.wait_for_url("**/second-factor/sign-in/")
        page.get_by_label("or a recovery code").fill(codes[3])
        follow(page.get_by_role("button", name="Sign in", exact=True))
        if works:
            page.wait_for_url("**/register/**")
        else:
            page.get_by_text("Incorrect code").wait_for()
    assert news() == ["passkey-added", "codes-made", "code-used"]


def test_a_passkey_that_does_not_verify_its_user_or_was_copied_is_refused(page, live_site, mailbox, enrolled):
    sign_out(page, live_site.url, mailbox)
    sign_in_by_code(page, live_site.url, mailbox, BOSS)
    page.wait_for_url("**/second-factor/sign-in/")
    enrolled.verifies(False)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("That did not work").wait_for()
    enrolled.verifies(True)
    enrolled.set_back(0)
    give(page)  # its count is 1 now, as at the first signature: not more
    page.get_by_text("This passkey was not accepted").wait_for()
    enrolled.set_back(50)
    give(page)  # the control
    page.wait_for_url("**/register/**")
    assert Authenticator.objects.get().data["count"] == 51


def test_a_replayed_answer_is_refused_and_so_is_anothers(page, new_page, live_site, mailbox, enrolled):
    """What the browser sent is sent again, in the same and in another's sign-in."""
    sign_out(page, live_site.url, mailbox)
    sign_in_by_code(page, live_site.url, mailbox, BOSS)
    page.wait_for_url("**/second-factor/sign-in/")
    with page.expect_request(lambda r: r.method == "POST" and "second-factor/sign-in" in r.url) as sent:
        give(page)
    page.wait_for_url("**/register/**")
    credential = sent.value.post_data_json["credential"] if sent.value.post_data_json else None
    assert credential
    other = people.organiser("other@techtrack.test")
    Authenticator.objects.create(user=other, type="webauthn", data=Authenticator.objects.get().data)
    for address in (BOSS, other.email):
        mailbox.clear()
        victim = new_page()
        sign_in_by_code(victim, live_site.url, mailbox, address)
        victim.wait_for_url("**/second-factor/sign-in/")
        with victim.expect_navigation():
            victim.evaluate(
                """(credential) => {
                    const field = document.querySelector('input[name=credential]');
                    field.value = credential; field.form.submit();
                }""",
                credential,
            )
        victim.get_by_text("This passkey was not accepted").wait_for()
        victim.goto(f"{live_site.url}/register/status/")
        assert "/account/login/" in victim.url


def test_the_last_factor_may_go_on_a_local_site_and_is_told(page, live_site, enrolled):
    passkey = Authenticator.objects.get()
    page.goto(f"{live_site.url}/account/second-factor/passkeys/{passkey.pk}/remove/")
    give(page)
    page.wait_for_url("**/remove/")
    follow(page.get_by_role("button", name="Remove it"))
    page.wait_for_url(f"**{INDEX}")
    assert not Authenticator.objects.exists()
    assert news() == ["passkey-added", "passkey-removed"]


def set_up_app(page, url, enrolment_code=""):
    """Set up an authenticator app on the page for it; returns its secret."""
    page.goto(f"{url}/account/second-factor/set-up/")
    if page.get_by_role("button", name="Use a passkey").count():
        give(page)
        page.wait_for_url("**/set-up/")
    secret = page.locator("code.secret").inner_text()
    if enrolment_code:
        page.get_by_label("Enrolment code").fill(enrolment_code)
    page.get_by_label("Code from your authenticator app").fill(totp(secret, -1, spare=10))
    follow(page.locator("main form button[type=submit]"))
    page.wait_for_url(f"**{INDEX}")
    return secret


def test_a_person_with_an_app_adds_a_passkey_and_signs_in_with_either(page, live_site, mailbox, mail_worker):
    _, code = make_organiser(BOSS)
    Device(page)
    sign_in_by_code(page, live_site.url, mailbox, BOSS)
    page.wait_for_url("**/register/**")
    secret = set_up_app(page, live_site.url, code)
    page.goto(f"{live_site.url}/account/second-factor/passkeys/add/")
    page.wait_for_url("**/second-factor/again/**")  # a further factor needs the one that is there
    page.get_by_label("Code from your authenticator app").fill(totp(secret))
    follow(page.locator("main form button[type=submit]").first)
    page.wait_for_url("**/passkeys/add/")
    expect(page.get_by_label("Enrolment code")).to_have_count(0)
    page.get_by_label("A name for it").fill("blue key")
    follow(page.get_by_role("button", name="Add a passkey"))
    page.wait_for_url(f"**{INDEX}")
    assert news() == ["app-added", "passkey-added"]
    both_open(page, live_site.url, mailbox, secret)


def test_a_person_with_a_passkey_adds_an_app_and_signs_in_with_either(page, live_site, mailbox, enrolled):
    secret = set_up_app(page, live_site.url)
    assert news() == ["passkey-added", "app-added"]
    both_open(page, live_site.url, mailbox, secret)


def both_open(page, url, mailbox, secret):
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "webauthn"}
    for use_passkey in (True, False):
        sign_out(page, url, mailbox)
        sign_in_by_code(page, url, mailbox, BOSS)
        page.wait_for_url("**/second-factor/sign-in/")
        if use_passkey:
            give(page)
        else:
            page.get_by_label("or a recovery code").fill(totp(secret, 1))
            follow(page.get_by_role("button", name="Sign in", exact=True))
        page.wait_for_url("**/register/**")
