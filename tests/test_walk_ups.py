"""Walk-ups: a steward enters who stands at the door, an organiser decides on the spot, the steward checks them in."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration import roles
from registration.mail.letters import letter
from registration.models import AccessRequest, Decision, Mail, Pass, Record, RulesAcceptance, User
from registration.rules import VERSION

from . import people, world
from .people import Browser, browser_of, person, steward
from .steps import sign_in
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ENTER, LIST, DESK = "/door/walk-up/", "/door/walk-ups/", "/admin/registration/accessrequest/"
WILL = "will@example.com"
FORM = {"full_name": "Will Walker", "organisation": "Example Games", "email": WILL, "kind": "gaming", "rules": VERSION}


@pytest.fixture
def stella(event):
    return steward()


@pytest.fixture
def door(stella):
    return browser_of(stella)


@pytest.fixture
def moderator():
    return people.organiser("mo@techtrack.test", role=roles.MODERATOR, name="Mo")


@pytest.fixture
def organiser(moderator):
    return browser_of(moderator)


@pytest.fixture
def will(door):
    """His request, as the door made it."""
    door.post(ENTER, FORM)
    return AccessRequest.objects.get()


def decide(browser, one, step, version=None):
    return browser.post(LIST, {"walk_up": one.pk, "version": version or one.version, "step": step})


def shown(browser):
    return re.sub(r"\s+", " ", browser.get(LIST).content.decode())


class TestEntering:
    def test_a_request_is_made_with_the_rules_agreed_to_and_the_address_unproven(self, door, stella, event):
        assert door.post(ENTER, FORM)["Location"] == LIST
        one = AccessRequest.objects.get()
        assert (one.state, one.origin, one.entered_by, one.version) == ("pending", "at-door", stella, 1)
        assert (one.full_name, one.organisation, one.kind) == ("Will Walker", "Example Games", "gaming")
        assert not one.person.has_proven_address()
        assert RulesAcceptance.objects.filter(person=one.person).exists()
        record = Record.objects.get()
        assert (record.deed, record.actor, record.request) == ("walk-up", stella, one)
        told = Decision.objects.get().told_to_the_person()
        assert told == "you asked at the door, and your request was entered there"

    def test_the_person_is_told_by_mail_and_the_status_page(self, door, event, will):
        mail = Mail.objects.get()
        told = letter(mail)
        assert (mail.purpose, mail.recipient) == ("entered", WILL)
        assert "You asked at the door" in told.body
        assert "wrote to the organisers" not in told.body + told.alternatives[0].content
        browser = Browser()
        sign_in(browser, WILL)
        page = browser.get("/register/status/").content.decode()
        assert "What was entered for you at the door" in page
        assert "you asked at the door, and your request was entered there" in page
        assert "from your e-mail" not in page

    def test_sent_twice_it_is_entered_once(self, door, will):
        answer = door.post(ENTER, FORM, follow=True)
        assert "They are entered already." in answer.content.decode()
        assert (AccessRequest.objects.count(), Mail.objects.count(), Record.objects.count()) == (1, 1, 1)

    @pytest.mark.parametrize(
        "state", ["pending", "waiting", "declined", "revoked", "to confirm", "shut out", "unproven"]
    )
    def test_what_became_of_an_earlier_request_is_not_told_to_the_steward(self, door, event, olga, state):
        """One answer for all; the control is the next test."""
        jane = person("jane@example.com", proven=state != "unproven")
        one = people.ask(jane, event)
        verbs = {"pending": [], "waiting": ["wait"], "declined": ["decline"], "revoked": ["approve", "revoke"]}
        for verb in verbs.get(state, ["approve"]):
            getattr(one, verb)(by=olga)
        AccessRequest.objects.filter(pk=one.pk).update(to_confirm=state == "to confirm")
        User.objects.filter(pk=jane.pk).update(is_active=state != "shut out")
        before = list(AccessRequest.objects.values())
        page = door.post(ENTER, FORM | {"email": "jane@example.com"}).content.decode()
        assert "This address needs an organiser: ask one. Nothing was entered." in page
        assert 'value="Will Walker"' in page
        assert list(AccessRequest.objects.values()) == before
        assert RulesAcceptance.objects.count() == 1  # that of asking

    def test_a_guest_is_to_be_looked_up(self, door, event, olga):
        people.approved("jane@example.com", event, by=olga)
        page = door.post(ENTER, FORM | {"email": " JANE@example.com "}).content.decode()
        assert "There is a guest with this address already" in page
        assert AccessRequest.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "typed", "told"),
        [
            ("full_name", "", "This field is required"),
            ("full_name", "Wi\x00ll", "Null characters are not allowed"),
            ("full_name", "Wi\u202ell", "cannot be seen"),
            ("full_name", "   ", "This field is required"),
            ("full_name", "a" * 151, "at most 150"),
            ("organisation", "W" + "\u0301" * 40, "too many marks"),
            ("organisation", "a\nb", "on one line"),
            ("organisation", "x" * 100_000, "at most 200"),
            ("email", "will", "Enter an e-mail address"),
            ("email", "will@exa\x00mple.com", "Null characters are not allowed"),
            ("kind", "zzz", "not one of the available choices"),
            ("kind", "", "This field is required"),
            ("rules", "", "who has not agreed to the rules is not let in"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(self, door, field, typed, told):
        """F-02, F-04."""
        answer = door.post(ENTER, FORM | {field: typed})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert told in page
        assert f'id="error_1_id_{field}"' in page
        for other in {"full_name", "organisation", "email"} - {field}:
            assert f'value="{FORM[other]}"' in page
        assert not AccessRequest.objects.exists()
        assert not User.objects.filter(email__contains="will").exists()

    @pytest.mark.parametrize(
        "name", ["Łukasz Żółć", "王小明", "محمد علي", "Zoë 👩‍👩‍👧 Ng", "<script>alert(1)</script>"]
    )
    def test_names_of_the_world_are_kept_and_shown_as_text(self, door, organiser, name):
        """F-04, F-05."""
        from django.utils.html import escape

        door.post(ENTER, FORM | {"full_name": name, "organisation": name})
        assert AccessRequest.objects.get().full_name == name
        for browser in (door, organiser):
            assert f"<bdi>{escape(name)}</bdi>" in shown(browser)
            assert "<script>alert" not in shown(browser)

    def test_one_steward_enters_so_many_and_others_go_on(self, door, event, monkeypatch):
        from dataclasses import replace

        from registration.door import walk_up

        monkeypatch.setattr(walk_up, "OF_ONE_STEWARD", replace(walk_up.OF_ONE_STEWARD, at_most=1))
        door.post(ENTER, FORM)
        answer = door.post(ENTER, FORM | {"email": "two@example.com"})
        assert (answer.status_code, AccessRequest.objects.count()) == (429, 1)
        assert "Too many at once" in answer.content.decode()
        assert 'value="two@example.com"' in answer.content.decode()

    @pytest.mark.parametrize("what", ["archived", "none"])
    def test_without_an_event_nobody_is_entered(self, door, event, what):
        type(event).objects.update(**{"archived": {"archived": True}, "none": {"is_current": False}}[what])
        assert "no event whose door" in door.post(ENTER, FORM).content.decode()
        assert "no event whose door" in door.get(LIST).content.decode()
        assert not AccessRequest.objects.exists()


class TestDeciding:
    def test_an_organiser_approves_on_the_spot_and_the_steward_checks_in(self, door, organiser, moderator, will):
        assert "Waits for an organiser" in shown(door)
        assert 'name="step"' not in shown(door)
        assert decide(organiser, will, "approve")["Location"] == LIST
        will.refresh_from_db()
        assert (will.state, will.decisions.last().actor) == ("approved", moderator)
        page = shown(door)
        assert "<h2>Approved</h2>" in page
        own = Pass.objects.get(request=will)
        assert f'name="who" value="{own.door_id}"' in page
        assert own.token not in page
        scan = re.search(r'name="scan" value="([^"]+)"', page)[1]
        door.post("/door/check-in/", {"who": own.door_id, "scan": scan})
        assert will.visits.open().count() == 1
        assert "<strong>Already inside</strong> since" in shown(door)
        assert [mail.purpose for mail in Mail.objects.order_by("pk")] == ["entered", "approved"]

    def test_declined_nobody_is_checked_in(self, door, organiser, will):
        decide(organiser, will, "decline")
        page = shown(door)
        assert "Declined: not let in" in page
        assert "/door/check-in/" not in page

    def test_a_walk_up_that_is_let_in_reads_nothing_on_the_site_before_the_address_is_proven(
        self, organiser, event, will
    ):
        secret = world.private_part(event, world.Canaries()).sessions.first().get_absolute_url()
        decide(organiser, will, "approve")
        will.refresh_from_db()
        assert list(AccessRequest.objects.admitting()) == [will]
        assert not AccessRequest.objects.letting_in().exists()
        browser = browser_of(will.person)
        assert browser.get(secret).status_code == 404
        will.person.emailaddress_set.update(verified=True)
        assert browser.get(secret).status_code == 200  # the control; the rules were agreed to at the door

    @pytest.mark.parametrize("end", ["revoke", "reopen", "shut out"])
    def test_what_ends_an_approval_ends_the_way_in(self, door, organiser, olga, will, end):
        decide(organiser, will, "approve")
        will.refresh_from_db()
        if end == "shut out":
            User.objects.filter(pk=will.person_id).update(is_active=False)
        else:
            getattr(will, end)(by=olga)
        assert "/door/check-in/" not in shown(door)
        assert not AccessRequest.objects.admitting().exists()

    def test_a_second_organiser_is_told_what_was_done(self, organiser, olga, will):
        """RACE-01, at the door."""
        decide(organiser, will, "approve")
        page = decide(browser_of(olga), will, "decline").content.decode()
        assert "Already approved: done by Mo" in page
        assert "Nothing was changed." in page
        will.refresh_from_db()
        assert (will.state, will.decisions.count()) == ("approved", 2)

    def test_a_page_that_has_grown_old_is_refused_and_shows_what_changed(self, organiser, will):
        """RACE-02: he put his name right meanwhile."""
        seen = will.version
        will.person.emailaddress_set.update(verified=True)
        will.edit({"organisation": "Somewhere Else"}, version=seen)
        page = decide(organiser, will, "approve", version=seen).content.decode()
        assert "This request was changed after you opened the page" in page
        assert "<del><bdi>Example Games</bdi></del> → <ins><bdi>Somewhere Else</bdi></ins>" in page
        will.refresh_from_db()
        assert will.state == "pending"
        assert decide(organiser, will, "approve").status_code == 302  # the control: with the page as it is now
        will.refresh_from_db()
        assert will.state == "approved"

    def test_without_a_place_it_says_what_to_do_and_the_waiting_list_is_a_step(self, door, organiser, event, will):
        event.capacity = 0
        event.save()
        assert "All places are taken." in shown(organiser)
        page = decide(organiser, will, "approve").content.decode()
        assert "There are no places. Nothing was decided." in page
        assert "Put them on the waiting list, or have the places raised" in page
        assert ('value="wait"' in page, 'value="approve"' in page) == (True, False)
        will.refresh_from_db()
        assert will.state == "pending"
        decide(organiser, will, "wait")
        assert "On the waiting list: no place now" in shown(door)
        event.capacity = 1
        event.save()
        will.refresh_from_db()
        decide(organiser, will, "approve")
        assert "<h2>Approved</h2>" in shown(door)

    @pytest.mark.parametrize(
        "form",
        [
            {},
            {"walk_up": "x", "version": "1", "step": "approve"},
            {"walk_up": "{pk}", "version": "", "step": "approve"},
            {"walk_up": "{pk}", "version": "9" * 30, "step": "approve"},
            {"walk_up": "9" * 40, "version": "1", "step": "approve"},
            {"walk_up": "{pk}", "version": "1", "step": "revoke"},
            {"walk_up": "{pk}", "version": "1\x00", "step": "approve"},
        ],
    )
    def test_a_form_that_is_not_whole_decides_nothing(self, organiser, will, form):
        form = {name: value.replace("{pk}", str(will.pk)) for name, value in form.items()}
        page = organiser.post(LIST, form, follow=True).content.decode()
        assert "Nothing was decided: the page was not complete." in page
        will.refresh_from_db()
        assert will.state == "pending"

    def test_what_did_not_come_by_the_door_is_not_decided_there(self, organiser, event, olga, will):
        asked = people.ask(person("jane@example.com"), event)
        earlier = people.ask(person("earl@example.com"), world.event("cacc-2021", current=False))
        AccessRequest.objects.filter(pk=earlier.pk).update(origin="at-door", entered_by=olga)
        for one in (asked, earlier):
            assert decide(organiser, one, "approve").status_code == 404
            one.refresh_from_db()
            assert one.state == "pending"

    @pytest.mark.parametrize("who", ["steward", "viewer", "editor", "guest", "visitor", "no second factor"])
    def test_nobody_decides_who_may_not(self, event, olga, will, who, moderator):
        browser, status = {
            "steward": lambda: (browser_of(steward("sam@techtrack.test")), 403),
            "viewer": lambda: (browser_of(people.organiser("v@techtrack.test", role=roles.VIEWER)), 404),
            "editor": lambda: (browser_of(people.organiser("e@techtrack.test", role=roles.EDITOR)), 404),
            "guest": lambda: (browser_of(people.approved("g@example.com", event, by=olga)), 404),
            "visitor": lambda: (Browser(), 404),
            "no second factor": lambda: (browser_of(moderator, second_factor=False), 404),
        }[who]()
        assert decide(browser, will, "approve").status_code == status
        will.refresh_from_db()
        assert will.state == "pending"


class TestTheList:
    def test_a_steward_sees_their_own_and_an_organiser_all(self, door, organiser, will):
        other = browser_of(steward("sam@techtrack.test"))
        other.post(ENTER, FORM | {"email": "two@example.com", "full_name": "Two Walker"})
        assert ("Will Walker" in shown(door), "Two Walker" in shown(door)) == (True, False)
        assert ("Will Walker" in shown(other), "Two Walker" in shown(other)) == (False, True)
        assert ("Will Walker" in shown(organiser), "Two Walker" in shown(organiser)) == (True, True)
        assert WILL not in shown(door)
        assert WILL in shown(organiser)

    def test_who_waits_for_a_decision_comes_first(self, door, organiser, will):
        for name in ("Anna", "Berta"):
            door.post(ENTER, FORM | {"email": f"{name}@example.com", "full_name": name})
        decide(organiser, AccessRequest.objects.get(full_name="Anna"), "decline")
        assert re.findall(r"<strong><bdi>([^<]+)</bdi></strong>", shown(organiser)) == ["Will Walker", "Berta", "Anna"]

    def test_many_ask_the_database_as_often_as_few(self, door, organiser, olga, will):
        def counts():
            found = []
            for browser in (door, organiser):
                with CaptureQueriesContext(connection) as queries:
                    browser.get(LIST)
                found.append(len(queries))
            return found

        one = AccessRequest.objects.get()
        one.approve(by=olga)
        door.post(ENTER, FORM | {"email": "w@example.com"})
        few = counts()
        for number in range(5):
            door.post(ENTER, FORM | {"email": f"w{number}@example.com"})
            AccessRequest.objects.order_by("-pk").first().approve(by=olga) if number % 2 else None
        assert counts() == few

    def test_it_shows_who_may_be_asking_again_and_whose_domain_it_is(self, door, organiser, event, olga):
        people.ask(person("eve@example.com"), event).decline(by=olga)
        door.post(ENTER, FORM | {"email": "eve+2@example.com"})
        page = shown(organiser)
        assert "may be the mailbox of" in page
        assert "may be the mailbox of" not in shown(door)

    def test_the_desk_tells_how_it_came(self, desk, stella, will):
        assert "entered at the door</td>" in desk.get(DESK).content.decode()
        assert "Will Walker" in desk.get(f"{DESK}?origin=at-door&state=all").content.decode()
        assert "Will Walker" not in desk.get(f"{DESK}?origin=by-hand&state=all").content.decode()
        assert "entered at the door by <bdi>" in desk.get(f"{DESK}{will.pk}/change/").content.decode()
        export = desk.post(f"{DESK}export/?state=all", {"step": "csv", "column": ["name", "origin"]})
        assert b"entered at the door" in b"".join(export)


@pytest.mark.live
@pytest.mark.slow
def test_two_organisers_decide_one_walk_up_at_once_and_one_decision_stands(live_site, transactional_db):
    """The control is that of test_races.py: without the locks two decisions stand."""
    site = live_site.start(env={"UNLOCKED": "slow"}, wsgi="tests.unlocked:application")
    event = world.event()
    first, second = (
        WireBrowser(site.url, people.organiser(f"{name}@techtrack.test", name=name)) for name in ("olga", "otto")
    )
    from registration import by_hand

    one, _ = by_hand.walk_up(
        event, WILL, by=steward(), full_name="Will Walker", organisation="Example Games", kind="gaming"
    )
    tokens = first.token(LIST), second.token(LIST)
    form = {"walk_up": one.pk, "version": one.version}
    answers = all_at_once(
        lambda: first.post(LIST, form | {"step": "approve"}, tokens[0]),
        lambda: second.post(LIST, form | {"step": "decline"}, tokens[1]),
    )
    assert sorted(answer.status for answer in answers) == [200, 302]
    assert one.decisions.exclude(begin="").count() == 1
