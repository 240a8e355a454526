"""A code that an organiser reads out, where a company's filter keeps ours: once, for who has no admin rights."""

import html
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import mending
from registration.models import AccessRequest, Deed, LoginSession, Mail, Record, RefusedCodes, SignInCode, User
from registration.sign_in import codes

from . import people
from .clock import moved
from .people import Browser, ask, browser_of, person
from .steps import ask_for_code, is_signed_in, newest_code, sign_in, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ADA = "ada@corp.example"
CODE = re.compile(r'<strong class="enrolment-code">([A-Z]{4}-[A-Z]{4})</strong>')


@pytest.fixture
def ada(event):
    """She asked by e-mail, was entered and approved; nothing that is mailed reaches her."""
    user = person(ADA, proven=False)
    ask(user, event).approve(by=people.organiser("boss@techtrack.test"))
    return user


@pytest.fixture
def mona():
    return browser_of(people.organiser("mona@techtrack.test", role="Moderator", name="Mona"))


def page_for(user):
    return f"/admin/registration/accessrequest/{user.access_requests.get().pk}/read-out/"


def read_out(desk, user):
    return CODE.search(desk.post(page_for(user), {"address": user.email}).content.decode())[1]


def refused(desk, user):
    page = desk.post(page_for(user), {"address": user.email}).content.decode()
    assert not CODE.search(page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_code_read_out_signs_the_person_in_who_asked_for_one_and_got_none(mona, ada, event):
    browser = Browser()
    assert ask_for_code(browser, ADA).status_code == 302
    code = read_out(mona, ada)
    assert code != newest_code(ADA)
    assert type_code(browser, f" {code.lower().replace('-', ' ')} ").status_code == 302
    assert is_signed_in(browser)
    assert AccessRequest.objects.opening(ada, event).exists()
    made, used = Record.objects.order_by("pk")
    assert (made.deed, made.actor_name, made.about) == (Deed.READ_OUT, "Mona", f"for {ADA}")
    assert (used.deed, used.actor_name, used.about) == (Deed.VOUCHED, "Mona", f"{ADA}, proven by telephone")
    assert {made.request, used.request} == {ada.access_requests.get()}
    assert f"{ADA}, proven by telephone" in mona.get(page_for(ada).replace("read-out", "change")).content.decode()
    assert list(Mail.objects.filter(purpose="read-out").values_list("recipient", flat=True)) == [ADA]
    assert not RefusedCodes.objects.exists()
    again = Browser()
    ask_for_code(again, ADA)
    type_code(again, code)
    assert not is_signed_in(again)  # once


def test_it_is_shown_once_and_kept_as_a_digest(mona, ada):
    code = read_out(mona, ada)
    plain = code.replace("-", "")
    seen = [
        mona.get(page_for(ada)),
        mona.get(page_for(ada).replace("read-out", "change")),
        mona.get("/admin/registration/mail/"),
    ]
    rows = [str(list(model.objects.values())) for model in (SignInCode, Record, Mail, LoginSession)]
    for text in [page.content.decode() for page in seen] + rows:
        assert not {code, plain, plain.lower()} & set(re.findall(r"[A-Za-z-]+", text))
    answer = mona.post(page_for(ada))
    assert "no-store" in answer["Cache-Control"]


def test_it_is_of_use_to_nobody_who_did_not_ask_for_that_address(mona, ada):
    code = read_out(mona, ada)
    for address in ("eve@evil.example", "mallory@corp.example"):
        browser = Browser()
        ask_for_code(browser, address)
        type_code(browser, code)
        assert not is_signed_in(browser)
    stranger = Browser()  # who asked for none
    type_code(stranger, code)
    assert not is_signed_in(stranger)
    assert SignInCode.objects.get(read_out_by__isnull=False).used_at is None


def test_a_wrong_one_costs_a_try_of_that_browser_alone(mona, ada):
    """Strangers who guess do not kill what was read out; each of their codes gives them five guesses, as ever."""
    code = read_out(mona, ada)
    eve = Browser()
    ask_for_code(eve, ADA)
    for _ in range(5):
        type_code(eve, "BBBB-BBBB")
    assert SignInCode.objects.get(read_out_by=None).wrong_tries == 5
    type_code(eve, code)  # found too late
    assert not is_signed_in(eve)
    assert RefusedCodes.objects.get().count == 5
    hers = Browser()
    ask_for_code(hers, ADA)
    type_code(hers, code)
    assert is_signed_in(hers)


def test_the_mailed_code_works_as_before_and_leaves_the_other_alone(mona, ada):
    read_out(mona, ada)
    browser = Browser()
    sign_in(browser, ADA)
    assert is_signed_in(browser)
    assert not Record.objects.filter(deed=Deed.VOUCHED).exists()


def test_a_code_for_one_browser_is_none_for_another(ada):
    """A code that was mailed to Ada's other browser is no code read out."""
    first, second = Browser(), Browser()
    ask_for_code(first, ADA)
    mailed_to_first = newest_code(ADA)
    ask_for_code(second, ADA)
    type_code(second, mailed_to_first)
    assert not is_signed_in(second)


@pytest.mark.parametrize(("minutes", "works"), [(9.9, True), (10.1, False), (-7, False)])
def test_it_lives_ten_minutes(mona, ada, monkeypatch, minutes, works):
    code = read_out(mona, ada)
    moved(monkeypatch, minutes=minutes)
    browser = Browser()
    ask_for_code(browser, ADA)
    type_code(browser, code)
    assert is_signed_in(browser) == works


def test_a_new_one_takes_the_place_of_the_one_before(mona, ada):
    old, new = read_out(mona, ada), read_out(mona, ada)
    browser = Browser()
    ask_for_code(browser, ADA)
    type_code(browser, old)
    assert not is_signed_in(browser)
    type_code(browser, new)
    assert is_signed_in(browser)


def revoke(user):
    user.access_requests.get().revoke(by=User.objects.get(email="boss@techtrack.test"))


DEAD = {
    "revoked": revoke,
    "shut out": lambda user: user.shut_out(),
    "another address": lambda user: user.change_email("ada@elsewhere.example"),
    "closed": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "an organiser by now": lambda user: User.objects.filter(pk=user.pk).update(is_staff=True),
    "a superuser by now": lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
    "whose organiser is none any more": lambda user: User.objects.filter(name="Mona").update(is_staff=False),
    "whose organiser was shut out": lambda user: User.objects.filter(name="Mona").update(is_active=False),
}


@pytest.mark.parametrize("what", DEAD)
def test_it_is_dead_for_who_is_not_who_they_were(mona, ada, what):
    code = read_out(mona, ada)
    DEAD[what](ada)
    browser = Browser()
    for address in {ADA, User.objects.get(pk=ada.pk).email}:
        ask_for_code(browser, address)
        type_code(browser, code)
        assert not is_signed_in(browser)
    assert not EmailAddress.objects.filter(user=ada, verified=True).exists()


@pytest.mark.parametrize("what", ["an organiser by now", "whose organiser is none any more"])
def test_without_looking_at_rights_again_it_would_let_them_in(mona, ada, monkeypatch, what):
    """The control."""

    def unlooking(person, code):
        return SignInCode.objects.filter(user=person, digest=codes._digest_of_read_out(code), used_at=None)

    monkeypatch.setattr(codes, "_read_out_to", unlooking)
    code = read_out(mona, ada)
    DEAD[what](ada)
    browser = Browser()
    ask_for_code(browser, ADA)
    assert "/code/" not in type_code(browser, code)["Location"]
    assert EmailAddress.objects.filter(user=ada, verified=True).exists()


@pytest.mark.parametrize("what", ["revoked", "closed", "an organiser by now"])
def test_it_is_dead_for_a_browser_that_asked_before_that(mona, ada, what):
    """The person asks, the organiser reads out, and then something happens, and then the code is typed."""
    browser = Browser()
    ask_for_code(browser, ADA)
    code = read_out(mona, ada)
    DEAD[what](ada)
    type_code(browser, code)
    assert not is_signed_in(browser)


def test_none_is_made_for_organisers_nor_for_who_is_shut_out(mona, ada):
    for change, said in (
        ({"is_staff": True}, "This is an organiser"),
        ({"is_superuser": True}, "This is an organiser"),
        ({"is_active": False}, "This person is shut out."),
    ):
        User.objects.filter(pk=ada.pk).update(**change)
        assert said in refused(mona, ada)
        User.objects.filter(pk=ada.pk).update(is_staff=False, is_superuser=False, is_active=True)
    assert not SignInCode.objects.exists()
    assert not Record.objects.exists()


def test_only_who_may_read_out_codes_does(ada):
    may_all_but_this = [name for name in people.MODERATOR if name != "read_out_code_accessrequest"]
    for desk in (
        browser_of(people.organiser("vera@techtrack.test", role="Viewer")),
        browser_of(people.organiser("mo@techtrack.test", permissions=may_all_but_this)),
        browser_of(people.organiser("c@techtrack.test", permissions=["read_out_code_accessrequest"])),
    ):
        assert desk.get(page_for(ada)).status_code == 403
        assert desk.post(page_for(ada)).status_code == 403
        change = desk.get(page_for(ada).replace("read-out", "change"))
        assert b"Read out a sign-in code" not in change.content
    assert browser_of(ada).post(page_for(ada)).status_code == 404
    assert Browser().post(page_for(ada)).status_code == 302
    assert not SignInCode.objects.filter(read_out_by__isnull=False).exists()


def test_looking_at_the_page_makes_no_code(mona, ada):
    assert "you vouch for whom you speak to" in mona.get(page_for(ada)).content.decode()
    assert not SignInCode.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_wrong_code_costs_the_same_statements_whoever_it_is_for(event):
    """SI-01: neither that an address is known, nor whose it is, nor that a code was read out for it, can be told."""

    def statements(address):
        browser = Browser()
        ask_for_code(browser, address)
        with CaptureQueriesContext(connection) as found:
            type_code(browser, "BBBB-BBBB")
        return [query["sql"].split()[0] for query in found]

    user = person("known@corp.example")
    ask(user, event)
    boss = people.organiser("boss@techtrack.test")
    person("closed@corp.example", is_active=False)
    codes.read_out(user, by=boss)
    minute = timezone.now().replace(second=0, microsecond=0)
    RefusedCodes.objects.bulk_create([RefusedCodes(minute=minute + timedelta(minutes=n)) for n in range(5)])  # one each
    statements("first@corp.example")
    told = [statements(address) for address in (user.email, "unknown@corp.example", boss.email, "closed@corp.example")]
    assert told == [told[0]] * 4
    assert "UPDATE" in told[0]


def test_old_ones_are_tidied_away_like_all_codes(mona, ada):
    read_out(mona, ada)
    SignInCode.objects.update(created_at=SignInCode.objects.get().created_at - timedelta(minutes=17))
    assert codes.kill_old() == 1


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_page_from_before_the_address_was_changed_makes_no_code(mona, ada, handed_over):
    """Else it would be for another person than the page says, to whom the organiser is speaking."""
    asked, page = ada.access_requests.get(), page_for(ada)
    opened = mona.get(page).content.decode()
    assert f'name="address" value="{ADA}"' in opened
    over_to = person("ada@corp.example.com") if handed_over else None
    mending.correct_address(
        asked, "ada@corp.example.com", by=User.objects.get(name="Mona"), version=asked.version, over_to=over_to
    )
    answer = mona.post(page, {"address": ADA}).content.decode()
    assert "The address was changed after you opened the page." in answer
    assert not SignInCode.objects.exists()
