"""What the site asks of people who sign in: an address and codes. No password, no number, no question."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command

from registration import roles
from registration.models import User

from . import html_forms, people, world
from .crawling import answers
from .people import Browser, browser_of
from .steps import CODE, LOGIN, ask_for_code, sign_in
from .test_second_factor import make_organiser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

FACTOR = "/account/second-factor/"


def asked_on(answer):
    """``{name: kind}`` of what a person is to fill in."""
    assert answer.status_code == 200
    forms, _ = html_forms.read(answer.content.decode())
    return {name: control.kind for form in forms for name, control in form.controls.items() if control.kind != "hidden"}


def test_an_address_and_codes_and_for_no_password():
    world.event()
    newcomer, boss = Browser(), people.organiser()
    assert asked_on(newcomer.get(LOGIN)) == asked_on(newcomer.get("/register/")) == {"email": "email"}
    ask_for_code(newcomer, "ada@example.com")
    assert asked_on(newcomer.get(CODE)) == {"code": "text"}
    browser, known = browser_of(boss), Browser()
    assert asked_on(browser.get(f"{FACTOR}again/")) == {"code": "text"}
    sign_in(known, boss.email, "/admin/")
    assert asked_on(known.get(f"{FACTOR}sign-in/")) == {"code": "text"}
    make_organiser("new@techtrack.test")
    fresh = Browser()
    sign_in(fresh, "new@techtrack.test")
    assert asked_on(fresh.get(f"{FACTOR}set-up/")) == {"enrolment_code": "text", "code": "text"}
    assert asked_on(fresh.get(f"{FACTOR}passkeys/add/")) == {"enrolment_code": "text", "name": "text"}


@pytest.mark.slow
def test_no_page_of_the_site_has_a_field_for_a_password_or_a_number():
    kinds = set()
    for *_, answer in answers(world.World(), "get", roles=["visitor", "guest", "administrator"]):
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        forms, _ = html_forms.read(answer.content.decode())
        kinds |= {control.kind for form in forms for control in form.controls.values()}
    assert {"email", "text", "checkbox"} <= kinds  # it did look at forms
    assert not kinds & {"password", "tel"}


def test_a_site_just_made_knows_nobody():
    """And the programme brings no account with it. The roles are there; nobody has one."""
    call_command("load_programme", settings.BASE_DIR / "content" / "cacc-2022.toml", verbosity=0)
    assert (User.objects.count(), Group.objects.count()) == (0, len(roles.PERMISSIONS))
