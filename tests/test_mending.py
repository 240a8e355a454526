"""A mistyped address, and two requests of one person: organisers mend both, on record."""

import html
import re

import pytest
from allauth.account.models import EmailAddress

from registration import forgetting
from registration.mail.worker import Worker
from registration.mending import merged_into
from registration.models import (
    AccessRequest,
    CalendarFeed,
    Decision,
    Deed,
    DeletionRequest,
    Mail,
    Record,
    SignInCode,
    User,
)

from . import people
from .people import Browser, ask, browser_of, person
from .steps import ask_for_code, is_signed_in, newest_code, sign_in, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

DESK = "/admin/registration/accessrequest/"


def text_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page.content.decode())).split())


def page_of(request):
    return f"{DESK}{request.pk}/change/"


# The address


def correct(desk, request, address, **more):
    request.refresh_from_db()
    form = {"address": address, "version": request.version} | more
    answer = desk.post(f"{DESK}{request.pk}/address/", form)
    request.refresh_from_db()
    return answer


@pytest.fixture
def mona():
    return browser_of(people.organiser("mona@techtrack.test", role="Moderator", name="Mona"))


@pytest.fixture
def asked(event):
    """Ada, whose address has a slip in it."""
    return ask(person("ada@corp.exmple.com"), event)


def test_a_corrected_address_is_to_be_proven_anew(mona, asked):
    ada = browser_of(asked.person)
    ask_for_code(Browser(), "ada@corp.exmple.com")
    answer = correct(mona, asked, " Ada@Corp.example.com ")
    assert answer["Location"] == page_of(asked)
    assert User.objects.get(pk=asked.person_id).email == "ada@corp.example.com"
    assert list(EmailAddress.objects.filter(user=asked.person_id).values_list("email", "verified")) == [
        ("ada@corp.example.com", False)
    ]
    assert not is_signed_in(ada)
    assert not SignInCode.objects.exists()
    told = Mail.objects.get(purpose="address-changed")
    assert told.recipient == "ada@corp.exmple.com"
    record = Record.objects.get()
    assert (record.deed, record.actor_name, record.request) == (Deed.CORRECTED, "Mona", asked)
    assert record.about == "ada@corp.exmple.com → ada@corp.example.com"
    page = text_of(mona.get(page_of(asked)))
    assert "Mona corrected an address: ada@corp.exmple.com → ada@corp.example.com" in page
    assert "not proven yet: an approval opens nothing before" in page
    assert is_signed_in_after(sign_in, "ada@corp.example.com")
    assert User.objects.get(pk=asked.person_id).has_proven_address()


def is_signed_in_after(way, address):
    browser = Browser()
    way(browser, address)
    return is_signed_in(browser)


def test_an_address_that_nobody_proved_is_told_nothing(mona, event):
    asked = ask(person("typo@corp.example", proven=False), event)
    correct(mona, asked, "ada@corp.example")
    assert not Mail.objects.filter(purpose="address-changed").exists()


def test_an_approval_opens_nothing_to_another_mailbox_until_it_is_confirmed(mona, olga, asked, event):
    asked.approve(by=olga)
    correct(mona, asked, "ada@corp.example.com")
    assert (asked.state, asked.to_confirm) == ("approved", True)
    sign_in(Browser(), "ada@corp.example.com")
    assert not AccessRequest.objects.opening(asked.person, event).exists()
    asked.confirm(by=olga)
    assert AccessRequest.objects.opening(asked.person, event).exists()


def test_a_form_from_before_decides_nothing(mona, asked):
    """A decision page, and another tab with the same correction."""
    seen = asked.version
    correct(mona, asked, "ada@corp.example.com")
    decided = mona.post(f"{DESK}{asked.pk}/decide/", {"step": "approve", "version": seen, "reason": "", "words": ""})
    assert "This request was changed after you opened the page." in text_of(decided)
    again = mona.post(f"{DESK}{asked.pk}/address/", {"address": "eve@evil.example", "version": seen})
    assert "This was changed after you opened the page." in text_of(again)
    assert 'value="eve@evil.example"' in again.content.decode()
    asked.refresh_from_db()
    assert (asked.state, User.objects.get(pk=asked.person_id).email) == ("pending", "ada@corp.example.com")
    assert Record.objects.count() == 1


@pytest.mark.parametrize("handed_over", [False, True])
def test_what_was_decided_is_not_told_to_the_address_before(mona, olga, asked, event, handed_over):
    """Who has the mistyped one may be a stranger, and a mail server that was down holds mail back for hours."""
    asked.approve(by=olga)
    over_to = {"over_to": person("ada@corp.example.com").pk} if handed_over else {}
    correct(mona, asked, "ada@corp.example.com", **over_to)
    Worker().deliver_all()
    told = Mail.objects.filter(recipient="ada@corp.exmple.com", state="sent")
    assert [mail.purpose for mail in told] == ["address-changed"]
    assert set(Mail.objects.filter(purpose="approved").values_list("state", flat=True)) == {"expired"}


@pytest.mark.parametrize(
    "odd", ["", "nobody", "a b@corp.example", "a@b", "x" * 400 + "@corp.example", "ada@corp.exmple.com"]
)
def test_what_is_no_other_address_is_refused_beside_the_field(mona, asked, odd):
    page = correct(mona, asked, odd)
    assert page.status_code == 200
    assert 'class="errorlist' in page.content.decode()
    assert not Record.objects.exists()


@pytest.mark.parametrize("form", [{}, {"version": "x"}, {"version": "-1"}, {"version": "9" * 30}])
def test_a_page_that_is_not_complete_corrects_nothing(mona, asked, form):
    answer = mona.post(f"{DESK}{asked.pk}/address/", {"address": "ada@corp.example.com"} | form)
    assert answer.status_code == 200
    assert not Record.objects.exists()


def test_an_organisers_address_is_not_corrected_here(mona, event):
    boss = people.organiser("boss@techtrack.test")
    asked = ask(boss, event)
    assert "This is an organiser" in text_of(correct(mona, asked, "mine@evil.example"))
    for taken in ("boss@techtrack.test", "mona@techtrack.test"):
        other = ask(person(f"a{taken}".replace("@", ".") + "@corp.example"), event)
        page = correct(mona, other, taken)
        assert "Another person has this address." in text_of(page)
        staff = User.objects.get(email=taken)
        correct(mona, other, taken, over_to=staff.pk)
        assert other.person_id != staff.pk
    assert not Record.objects.exists()


def test_the_address_of_somebody_who_asked_too_leads_to_merging(mona, asked, event):
    other = ask(person("ada@corp.example.com"), event)
    page = correct(mona, asked, "ada@corp.example.com")
    assert "Another person has this address. Nothing was changed." in text_of(page)
    assert f"/merge/?with={other.pk}" in page.content.decode()
    assert "Make the request theirs" not in text_of(page)
    correct(mona, asked, "ada@corp.example.com", over_to=other.person_id)
    assert asked.person.email == "ada@corp.exmple.com"


def test_a_request_becomes_anothers_who_has_the_right_address_and_none(mona, olga, asked, event):
    """They signed in by the right address meanwhile, which made another person of them."""
    asked.approve(by=olga)
    browser = Browser()
    sign_in(browser, "ada@corp.example.com")
    right = User.objects.get(email="ada@corp.example.com")
    before = browser_of(asked.person)
    page = correct(mona, asked, "ada@corp.example.com")
    assert "who has proven the address and who has not asked for this event" in text_of(page)
    assert correct(mona, asked, "ada@corp.example.com", over_to=right.pk).status_code == 302
    assert (asked.person, asked.state, asked.to_confirm) == (right, "approved", True)
    assert not is_signed_in(before)
    assert Mail.objects.get(purpose="address-changed").recipient == "ada@corp.exmple.com"
    assert Record.objects.get().about == "ada@corp.exmple.com → ada@corp.example.com"
    assert "Approved, to be confirmed" in text_of(browser.get("/register/status/"))


def test_nobody_gets_past_a_decline_by_another_address(mona, olga, asked, event):
    turned_away = ask(person("ada@corp.example.com"), event)
    turned_away.decline(by=olga)
    page = correct(mona, asked, "ada@corp.example.com", over_to=turned_away.person_id)
    assert "is declined. It comes first." in text_of(page)
    assert asked.person.email == "ada@corp.exmple.com"


def test_who_may_not_mend_sees_no_link_and_is_refused(asked, event):
    vera = browser_of(people.organiser("vera@techtrack.test", role="Viewer"))
    page = vera.get(page_of(asked)).content.decode()
    assert "Correct the address" not in page
    assert "Merge with another" not in page
    for end in ("address", "merge", "read-out"):
        assert vera.get(f"{DESK}{asked.pk}/{end}/").status_code == 403
        assert vera.post(f"{DESK}{asked.pk}/{end}/", {"address": "x@y.example", "version": 1}).status_code == 403
        assert vera.get(f"{DESK}999999/{end}/").status_code == 403
    mona = browser_of(people.organiser("mona@techtrack.test", role="Moderator"))
    for end in ("address", "merge", "read-out"):
        assert mona.get(f"{DESK}999999/{end}/").status_code == 404
        assert mona.get(f"{DESK}{asked.pk}/{end}/").status_code == 200
    assert not Record.objects.exists()


# Two requests


def merge(desk, one, other, stays, **more):
    one.refresh_from_db()
    other.refresh_from_db()
    form = {"versions": f"{one.version} {other.version}", "stays": stays.pk, "reason": ""} | more
    answer = desk.post(f"{DESK}{one.pk}/merge/?with={other.pk}", form)
    one.refresh_from_db()
    other.refresh_from_db()
    return answer


@pytest.fixture
def two(event):
    return [
        ask(person(f"{name}@corp.example"), event, full_name="Ada Lovelace", why=f"Why {name}.")
        for name in ("ada", "ada.lovelace")
    ]


def test_of_two_requests_one_stays_and_the_other_is_closed_for_it(mona, two):
    one, other = two
    browser = browser_of(other.person)
    page = text_of(mona.get(f"{DESK}{one.pk}/merge/"))
    assert "Ada Lovelace, ada.lovelace@corp.example: pending" in page
    page = text_of(mona.get(f"{DESK}{one.pk}/merge/?with={other.pk}"))
    assert "Why ada.Why ada.lovelace." in page
    answer = merge(mona, one, other, stays=one, reason="One person, she says.")
    assert answer["Location"] == page_of(one)
    assert (one.state, other.state, merged_into(other)) == ("pending", "withdrawn", one)
    decision = other.decisions.last()
    assert (decision.begin, decision.to, decision.actor_name, decision.reason) == (
        "pending",
        "withdrawn",
        "Mona",
        "One person, she says.",
    )
    assert list(decision.mails.values_list("purpose", "recipient")) == [("merged", "ada.lovelace@corp.example")]
    record = Record.objects.get()
    assert (record.deed, record.request) == (Deed.MERGED, one)
    assert record.about == "ada.lovelace@corp.example into ada@corp.example"
    assert not is_signed_in(browser)

    assert "This request was merged into the one of ada@corp.example, which stays." in text_of(mona.get(page_of(other)))
    stays = text_of(mona.get(page_of(one)))
    assert "Closed for this one: the request of ada.lovelace@corp.example, which was pending" in stays

    status = text_of(browser_of(other.person).get("/register/status/"))
    assert "Closed: you have another request" in status
    assert (
        "organisers closed this request, since you have another one under another address; we wrote to you." in status
    )
    assert "You withdrew your request" not in status
    assert "Ask again" not in status
    assert browser_of(other.person).get("/register/")["Location"] == "/register/status/"
    assert "ada@corp.example" not in status.replace("ada.lovelace@corp.example", "")  # nor whose the other is


def test_nobody_asks_again_by_the_address_that_was_merged_while_the_other_speaks_for_it(mona, olga, two, event):
    one, other = two
    merge(mona, one, other, stays=one)
    for step in (lambda: None, lambda: one.decline(by=olga)):
        step()
        assert not AccessRequest.may_ask(other.person, event)
    one.reopen(by=olga)
    one.withdraw(by=one.person)
    assert AccessRequest.may_ask(other.person, event)


def test_nor_when_that_one_was_merged_into_a_third(mona, olga, two, event):
    one, other = two
    merge(mona, one, other, stays=one)
    third = ask(person("a.lovelace@corp.example"), event)
    merge(mona, one, third, stays=third)
    third.decline(by=olga)
    for person_ in (other.person, one.person):
        assert not AccessRequest.may_ask(person_, event)
    third.reopen(by=olga)
    third.withdraw(by=third.person)
    assert AccessRequest.may_ask(other.person, event)


def test_an_approval_is_not_carried_over(mona, olga, two, event):
    one, other = two
    other.approve(by=olga)
    CalendarFeed.renew(other.person, event)
    assert "An approval is not carried over" in text_of(mona.get(f"{DESK}{one.pk}/merge/?with={other.pk}"))
    merge(mona, one, other, stays=one)
    assert (one.state, other.state) == ("pending", "withdrawn")
    for request in two:
        assert not AccessRequest.objects.opening(request.person, event).exists()
    assert not CalendarFeed.objects.exists()
    page = text_of(mona.get(page_of(one)))
    assert "The other was approved, and this one is not by that: decide it." in page


def test_a_place_that_merging_frees_goes_to_the_first_in_line(
    mona, olga, two, event, django_capture_on_commit_callbacks
):
    one, other = two
    first = ask(person("first@line.example"), event)
    other.approve(by=olga)
    first.wait(by=olga)
    type(event).objects.filter(pk=event.pk).update(capacity=1, passes_places_on=True)
    with django_capture_on_commit_callbacks(execute=True):
        merge(mona, one, other, stays=one)
    first.refresh_from_db()
    assert (first.state, one.state) == ("approved", "pending")


def test_an_approval_stays_with_the_request_that_stays(mona, olga, two, event):
    one, other = two
    other.approve(by=olga)
    merge(mona, one, other, stays=other)
    assert (one.state, other.state) == ("withdrawn", "approved")
    assert AccessRequest.objects.opening(other.person, event).exists()


def test_what_changed_meanwhile_is_not_merged(mona, olga, two):
    one, other = two
    seen = f"{one.version} {other.version}"
    other.approve(by=olga)
    assert "This was changed after you opened the page." in text_of(merge(mona, one, other, stays=one, versions=seen))
    other.revoke(by=olga)
    assert "Already revoked: done by Olga" in text_of(merge(mona, one, other, stays=one, versions=seen))
    assert (one.state, Record.objects.count()) == ("pending", 0)


def test_a_decision_page_of_the_one_that_stays_is_stale(mona, two):
    one, other = two
    seen = one.version
    merge(mona, one, other, stays=one)
    form = {"step": "approve", "version": seen, "reason": "", "words": ""}
    assert "This request was changed after you opened the page." in text_of(mona.post(f"{DESK}{one.pk}/decide/", form))
    again = merge(mona, one, other, stays=one)
    assert "Already withdrawn: done by Mona" in text_of(again)
    assert Decision.objects.filter(merged_into=one).count() == 1


def test_what_are_not_two_requests_of_one_event_are_not_merged(mona, event, two):
    from . import world

    one, other = two
    elsewhere = ask(person("ada@elsewhere.example"), world.event("cacc-2021", current=False))
    assert "These are not two requests" in text_of(merge(mona, one, elsewhere, stays=one))
    assert "These are not two requests" in text_of(merge(mona, one, one, stays=one))
    for stays in ("", "x", str(elsewhere.pk), "9" * 30):
        answer = mona.post(
            f"{DESK}{one.pk}/merge/?with={other.pk}", {"versions": f"{one.version} {other.version}", "stays": stays}
        )
        assert answer.status_code == 200
        assert 'class="errorlist' in answer.content.decode()
    for versions in ("", "1", "x y", "1 1 1", "1 " + "9" * 30):
        assert merge(mona, one, other, stays=one, versions=versions).status_code == 200
    for key in ("x", "0", "9" * 30, "-1"):
        assert mona.get(f"{DESK}{one.pk}/merge/?with={key}").status_code in {200, 400}
    assert {one.state, other.state, elsewhere.state} == {"pending"}
    assert not Record.objects.exists()


def test_an_organisers_request_is_not_closed_by_merging(mona, two, event):
    one, _ = two
    boss = ask(people.organiser("boss@techtrack.test"), event)
    assert "This is an organiser" in text_of(merge(mona, one, boss, stays=one))
    assert merge(mona, one, boss, stays=boss).status_code == 302
    assert one.state == "withdrawn"


def test_the_other_request_is_found_by_its_address(mona, event, two):
    one, _ = two
    far = ask(person("a.l@home.example"), event, full_name="A. L.")
    find = f"{DESK}{one.pk}/merge/"
    assert mona.post(find, {"other": "A.L@home.example"})["Location"] == f"{find}?with={far.pk}"
    for odd in ("nobody@home.example", "not an address", "", "ada@corp.example"):
        page = mona.post(find, {"other": odd})
        assert (page.status_code, 'class="errorlist' in page.content.decode()) == (200, True)


def test_a_code_mailed_to_the_one_that_was_closed_is_dead(mona, two):
    one, other = two
    browser = Browser()
    ask_for_code(browser, other.person.email)
    code = newest_code(other.person.email)
    merge(mona, one, other, stays=one)
    type_code(browser, code)
    assert not is_signed_in(browser)


@pytest.mark.parametrize("which", ["before", "after"])
def test_whose_request_was_handed_over_can_be_forgotten(mona, olga, asked, which):
    """They are no organiser for having asked, and stand on the request under no name of before."""
    before, right = asked.person, person("ada@corp.example.com")
    correct(mona, asked, right.email, over_to=right.pk)
    forgetting.carry_out(DeletionRequest.objects.ask({"before": before, "after": right}[which]), by=olga)
    assert [one.actor_name for one in Decision.objects.filter(begin="")] == ["(forgotten)"]


def test_who_is_forgotten_stands_in_no_record_of_what_was_mended(mona, event):
    """Nor under the name of whom their request went to, nor in another alphabet."""
    one = ask(person("ada@bücher.example"), event)
    other = ask(person("ada.lovelace@bücher.example"), event)
    merge(mona, one, other, stays=one)
    handed = ask(person("tpyo@bücher.example"), event)
    before, right = handed.person, person("typo@bücher.example")
    correct(mona, handed, right.email, over_to=right.pk)
    assert Record.objects.exclude(about="").count() == 2
    for forgotten in (other.person, before):
        forgetting.blank(forgotten)
        assert not Record.objects.filter(about__contains=forgotten.email.partition("@")[0]).exists()
