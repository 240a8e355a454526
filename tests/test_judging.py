"""Judging a request: what the page and the list show, the mail before it goes, who comes next, taking it back."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import roles
from registration.forgetting import blank
from registration.mail.letters import preview
from registration.mending import correct_address
from registration.models import AccessRequest, Decision, Mail
from sessions.models import Organisation

from . import people, world
from .people import browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/accessrequest/"


def page_of(desk, request, query=""):
    return desk.get(f"{LIST}{request.pk}/change/{query}").content.decode()


def post(desk, request, page, query="", version=None, **form):
    version = version or AccessRequest.objects.get(pk=request.pk).version
    return desk.post(f"{LIST}{request.pk}/{page}/{query}", {"version": version, **form})


def asked(event, name, *, days=0, address=None, **answers):
    made = people.ask(person(address or f"{name.lower()}@corp.example"), event, full_name=f"{name} Person", **answers)
    AccessRequest.objects.filter(pk=made.pk).update(asked_at=timezone.now() - timedelta(days=days))
    made.refresh_from_db()
    return made


@pytest.fixture
def line(event):
    """Three who wait, the oldest first."""
    return [asked(event, name, days=days) for name, days in (("First", 3), ("Second", 2), ("Third", 1))]


class TestTheDomain:
    @pytest.fixture
    def directory(self, db):
        world.organisation("Member Corp", email_domains=["member.example"], member=True)
        world.organisation("Known Corp", email_domains=["known.example"])

    STANDINGS = [
        ("member", "ann@member.example", "Member Corp, member"),
        ("known", "ben@mail.known.example", "Known Corp"),
        ("unknown", "cid@nowhere.example", "in no organisation"),
        ("free", "dan@gmail.com", "free mail"),
        ("disposable", "eva@mailinator.com", "disposable"),
    ]

    @pytest.mark.parametrize(("kind", "address", "label"), STANDINGS)
    def test_page_and_list_mark_it_the_same_way(self, desk, event, directory, kind, address, label):
        request = asked(event, "Ann", address=address)
        for page in (page_of(desk, request), desk.get(LIST).content.decode()):
            mark = re.search(r'class="standing standing-([a-z]+)".*?>', page)
            assert mark[1] == kind
            assert label in page[mark.start() : mark.end() + 100]

    def test_the_list_asks_the_directory_once(self, desk, event, directory):
        def queries():
            with CaptureQueriesContext(connection) as found:
                assert desk.get(LIST + "?state=all").status_code == 200
            return len(found)

        asked(event, "Ann", address="ann@member.example")
        with_one = queries()
        for number, (_, address, _) in enumerate(self.STANDINGS * 3):
            asked(event, f"P{number}", address=f"p{number}{address}")
        assert queries() == with_one

    def test_requests_of_others_from_there_are_shown_with_what_became_of_them(self, desk, event, olga):
        colleague = asked(event, "Colleague")
        colleague.decline(by=olga, reason="never heard of them")
        asked(event, "Stranger", address="x@other.example")
        page = page_of(desk, asked(event, "Ann"))
        assert "Others from <bdi>corp.example</bdi>" in page
        assert "Colleague Person" in page
        assert "declined</strong> by <bdi>Olga</bdi>" in page
        assert "never heard of them" in page
        assert "Stranger Person" not in page

    def test_of_free_mail_nothing_is_concluded(self, desk, event):
        asked(event, "Stranger", address="stranger@gmail.com")
        page = page_of(desk, asked(event, "Ann", address="ann@gmail.com"))
        assert "Others from" not in page
        assert "Stranger Person" not in page

    def test_people_whose_data_are_forgotten_have_nothing_in_common(self, desk, event):
        requests = [asked(event, name, address=f"{name}@x.example") for name in ("ann", "ben")]
        for one in requests:
            blank(one.person)
        assert "Others from" not in page_of(desk, requests[0])

    def test_many_others_cost_no_further_queries(self, desk, event, olga):
        request = asked(event, "Ann")

        def queries():
            with CaptureQueriesContext(connection) as found:
                page = page_of(desk, request)
            return len(found), page

        asked(event, "Other").decline(by=olga)
        with_one, page = queries()
        assert "All from this domain" not in page
        for number in range(12):
            asked(event, f"Other{number}").decline(by=olga)
        with_many, page = queries()
        assert with_many == with_one
        assert page.count(" Person</bdi>, ") == 8
        more = re.search(r'href="([^"]*)">All from this domain', page)[1].replace("&amp;", "&")
        assert desk.get(more).context["cl"].result_count == 14


class TestThePage:
    def test_requests_of_the_same_person_are_shown_with_what_became_of_them(self, desk, event, olga, ada, request_):
        earlier = people.ask(ada, world.event("cacc-2021", current=False, name="Earlier Track"))
        earlier.approve(by=olga)
        earlier.revoke(by=olga, reason="shared the address")
        page = page_of(desk, request_)
        assert "Earlier Track" in page
        assert "revoked</strong> by <bdi>Olga</bdi>" in page
        assert "shared the address" in page

    def test_it_says_how_many_places_are_left_and_who_waits(self, desk, event, olga, line):
        assert "no limit; nobody on the waiting list" in page_of(desk, line[2])
        event.capacity = 2
        event.save()
        line[0].approve(by=olga)
        line[1].wait(by=olga)
        assert "1 of 2 left; 1 on the waiting list" in page_of(desk, line[2])
        event.capacity = 1
        event.save()
        assert "all 1 are taken" in page_of(desk, line[2])

    def test_who_entered_it_is_told(self, desk, event, olga, request_):
        assert "entered by hand" not in page_of(desk, request_)
        AccessRequest.objects.update(origin="by-hand", entered_by=olga)
        assert "entered by hand by <bdi>Olga</bdi>" in page_of(desk, request_)

    def test_a_viewer_sees_neither_reasons_nor_needs(self, desk, event, olga, ada):
        request = people.ask(ada, event, needs="vegan")
        people.ask(person("b@example.com"), event).decline(by=olga, reason="an inside word")
        request.decline(by=olga, reason="an inside word")
        earlier = people.ask(ada, world.event("cacc-2021", current=False))
        earlier.approve(by=olga, reason="an inside word")
        AccessRequest.objects.filter(pk=request.pk).update(to_confirm=True)
        request.confirm(by=olga, reason="an inside word")
        AccessRequest.objects.update(needs="vegan")
        assert page_of(desk, request).count("an inside word") == 4  # here, confirmed, before, of a colleague
        assert page_of(desk, request).count("vegan") == 1
        viewer = browser_of(people.organiser("vera@techtrack.test", role=roles.VIEWER))
        for address in (
            f"{LIST}{request.pk}/change/",
            f"{LIST}{request.pk}/history/",
            f"{LIST}?state=all",
        ):
            page = viewer.get(address).content.decode()
            assert "an inside word" not in page
            assert "vegan" not in page
        for word in ("inside", "vegan"):
            assert viewer.get(f"{LIST}?state=all&q={word}").context["cl"].result_count == 0

    @pytest.mark.parametrize(
        ("state", "steps"),
        [
            ("pending", {"approve", "wait", "decline"}),
            ("waiting", {"approve", "decline", "reopen"}),
            ("approved", {"reopen", "wait", "revoke"}),
            ("declined", {"reopen"}),
            ("revoked", {"reopen"}),
            ("withdrawn", set()),
        ],
    )
    def test_every_step_that_the_table_allows_is_offered_with_its_mail(self, desk, request_, state, steps):
        AccessRequest.objects.update(state=state, waiting_since=timezone.now() if state == "waiting" else None)
        page = page_of(desk, request_)
        assert set(re.findall(r'name="step" value="([a-z]+)"', page)) == steps
        assert set(re.findall(r'name="preview" value="([a-z]+)"', page)) == steps
        keys = re.findall(r'data-key="([a-z])"', page)
        assert len(keys) == len(set(keys))

    def test_nothing_is_preselected(self, desk, request_):
        page = page_of(desk, request_)
        form = page[page.index('class="decision-form"') : page.index('id="past-heading"')]
        assert "autofocus" not in page
        assert "checked" not in form
        assert 'type="text"' not in form  # in which Enter would send the form
        assert re.search(r"<button[^>]*>", form)[0] == '<button type="submit" disabled hidden>'


class TestTheMail:
    def test_it_is_shown_as_it_would_go_with_what_was_typed_kept(self, desk, request_):
        said = {"words": "See you <b>there</b>.", "reason": "a typed reason"}
        page = post(desk, request_, "preview", preview="approve", **said)
        letter = preview("approved", request_.person, request_.event, words=said["words"])
        assert page.context["shown_mail"]["letter"] == letter
        shown = page.content.decode()
        assert "You have access: Tech Track 2022" in shown
        assert "See you &lt;b&gt;there" in shown
        assert "<b>there" not in shown
        assert html.escape(letter.html) in shown  # as text, not as a part of the page
        assert "<body style" not in shown
        assert "a typed reason" in shown
        assert page.context["form"]["words"].value() == said["words"]
        assert (AccessRequest.objects.get().state, Decision.objects.count(), Mail.objects.count()) == ("pending", 1, 1)

    def test_what_goes_out_is_what_was_shown(self, desk, request_):
        from registration.mail.letters import letter

        shown = post(desk, request_, "preview", preview="decline", words="Sorry.").context["shown_mail"]["letter"]
        post(desk, request_, "decide", step="decline", words="Sorry.")
        sent = letter(Mail.objects.get(purpose="declined"))
        assert (sent.subject, sent.body, sent.alternatives[0][0]) == (shown.subject, shown.text, shown.html)

    def test_it_is_in_the_language_of_the_person(self, desk, request_):
        request_.person.reads("es")
        page = post(desk, request_, "preview", preview="approve")
        assert "acceso" in page.context["shown_mail"]["letter"].subject

    @pytest.mark.parametrize(
        "form",
        [{}, {"preview": "explode"}, {"preview": "approve", "version": "x"}, {"preview": "approve", "version": 0}],
    )
    def test_an_incomplete_form_shows_none_and_says_so(self, desk, request_, form):
        answer = desk.post(f"{LIST}{request_.pk}/preview/", {"version": 1} | form, follow=True)
        assert "was not complete" in answer.content.decode()

    def test_of_a_step_that_is_not_there_any_more_none_is_shown(self, desk, request_, olga):
        request_.approve(by=olga)
        page = post(desk, request_, "preview", version=1, preview="decline", words="kept words")
        assert page.context["shown_mail"] is None
        assert "Already approved: done by Olga" in page.content.decode()
        assert "kept words" in page.content.decode()

    def test_odd_words_are_refused_beside_their_field(self, desk, request_):
        page = post(desk, request_, "preview", preview="approve", words="left\u202eright")
        assert page.context["shown_mail"] is None
        assert "cannot be seen (U+202E)" in page.content.decode()

    def test_only_who_decides_may_see_one(self, request_):
        viewer = browser_of(people.organiser("vera@techtrack.test", role=roles.VIEWER))
        assert post(viewer, request_, "preview", preview="approve").status_code == 403


class TestTheNext:
    def test_after_a_decision_the_next_oldest_comes(self, desk, line):
        first, second, third = line
        for one, following in ((first, second), (second, third)):
            answer = post(desk, one, "decide", step="approve")
            assert answer["Location"] == f"{LIST}{following.pk}/change/?done={one.pk}"
        assert post(desk, third, "decide", step="decline")["Location"] == f"{LIST}?done={third.pk}"

    def test_who_was_put_off_comes_last(self, desk, line):
        first, second, third = line
        assert desk.get(f"{LIST}{first.pk}/later/")["Location"] == f"{LIST}{second.pk}/change/"
        assert post(desk, second, "decide", step="wait")["Location"].startswith(f"{LIST}{third.pk}/")
        assert post(desk, third, "decide", step="wait")["Location"].startswith(f"{LIST}{first.pk}/")
        assert desk.get(f"{LIST}{first.pk}/later/")["Location"] == LIST
        assert AccessRequest.objects.get(pk=first.pk).state == "pending"

    def test_of_the_same_filter_only(self, desk, event, line):
        first, second, third = line
        AccessRequest.objects.filter(pk=second.pk).update(kind="ngo")
        query = "?_changelist_filters=kind%3Dplatform%26p%3D1"
        answer = post(desk, first, "decide", query, step="approve")
        assert answer["Location"].startswith(f"{LIST}{third.pk}/change/?_changelist_filters=kind%3Dplatform")
        answer = post(desk, third, "decide", query, step="approve")
        assert answer["Location"] == f"{LIST}?kind=platform&p=1&done={third.pk}"
        page = desk.get(answer["Location"]).content.decode()
        assert "No request fits" in page
        assert "Nobody waits" not in page

    def test_the_list_hands_its_filter_on(self, desk, line):
        page = desk.get(f"{LIST}?kind=platform&q=person").content.decode()
        link = re.search(rf'href="({LIST}{line[0].pk}/change/[^"]*)"', page)[1].replace("&amp;", "&")
        page = desk.get(link)
        assert page.context["later_address"].endswith("?_changelist_filters=kind%3Dplatform%26q%3Dperson")
        later = desk.get(page.context["later_address"])
        assert later["Location"] == f"{LIST}{line[1].pk}/change/?_changelist_filters=kind%3Dplatform%26q%3Dperson"

    @pytest.mark.parametrize(
        "filters", ["kind=x", "event__id__exact=none", "p=9", "state=approved", "o=-99", "%00=%FF"]
    )
    def test_an_odd_filter_breaks_nothing(self, desk, line, filters):
        from urllib.parse import urlencode

        query = "?" + urlencode({"_changelist_filters": filters})
        assert desk.get(f"{LIST}{line[0].pk}/change/{query}").status_code in {200, 400}
        assert desk.get(f"{LIST}{line[0].pk}/later/{query}").status_code in {302, 400}

    def test_from_the_waiting_list_the_next_on_it(self, desk, line, olga):
        for one in line:
            one.wait(by=olga)
        answer = post(desk, line[0], "decide", step="approve")
        assert answer["Location"].startswith(f"{LIST}{line[1].pk}/")

    def test_the_waiting_list_goes_in_the_order_of_its_line(self, desk, line, olga):
        first, second, third = line
        for one in (third, first, second):
            one.wait(by=olga)
        for one, following in ((third, first), (first, second), (second, third)):
            assert desk.get(f"{LIST}{one.pk}/later/")["Location"] == f"{LIST}{following.pk}/change/"
        assert post(desk, first, "decide", step="approve")["Location"].startswith(f"{LIST}{second.pk}/")

    def test_from_a_request_that_is_decided_one_goes_on_to_who_is_pending(self, desk, line, olga):
        line[2].decline(by=olga)
        assert "The next who waits" in page_of(desk, line[2])
        assert desk.get(f"{LIST}{line[2].pk}/later/")["Location"] == f"{LIST}{line[0].pk}/change/"

    def test_who_revokes_stays_where_they_are(self, desk, line, olga):
        line[2].approve(by=olga)
        answer = post(desk, line[2], "decide", step="revoke")
        assert answer["Location"] == f"{LIST}{line[2].pk}/change/?done={line[2].pk}"

    def test_the_empty_list_is_friendly(self, desk, request_):
        assert "Nobody waits for a decision" not in desk.get(LIST).content.decode()
        answer = post(desk, request_, "decide", step="approve")
        page = desk.get(answer["Location"]).content.decode()
        assert "Nobody waits for a decision" in page
        assert "All 1 requests are decided" in page
        assert "No request fits" in desk.get(f"{LIST}?state=declined&q=x").content.decode()

    def test_nobody_passes_over_a_request_that_is_not_there(self, desk):
        assert desk.get(f"{LIST}4711/later/").status_code == 404


class TestTakingItBack:
    def undo(self, desk, page):
        form = re.search(r'<form method="post" action="([^"]*)" class="done-bar">', page)[1].replace("&amp;", "&")
        version = re.search(r'class="done-bar">.*?name="version" value="(\d+)"', page, re.DOTALL)[1]
        return desk.post(form, {"step": "reopen", "version": version})

    @pytest.mark.parametrize("step", ["approve", "wait", "decline", "revoke"])
    def test_undo_is_a_decision_of_its_own(self, desk, line, olga, step):
        one = line[0]
        if step == "revoke":
            one.approve(by=olga)
        answer = post(desk, one, "decide", step=step)
        page = desk.get(answer["Location"]).content.decode()
        assert "<bdi>First Person</bdi></a>: " in page
        assert "the mail goes out all the same, and another" in page
        answer = self.undo(desk, page)
        assert answer["Location"] == f"{LIST}{one.pk}/change/"
        one.refresh_from_db()
        assert one.state == "pending"
        last = one.decisions.last()
        assert (last.to, last.actor_name) == ("pending", "Olga")
        assert [mail.purpose for mail in last.mails.all()] == ["reopened"]

    def test_when_the_mail_was_sent_the_page_says_that_they_are_told_again(self, desk, request_):
        answer = post(desk, request_, "decide", step="approve")
        Mail.objects.update(state="sent")
        page = desk.get(answer["Location"]).content.decode()
        assert "Mail: accepted by the mail server." in page
        assert "the person is told again, by another mail" in page

    def test_it_is_refused_once_something_else_has_happened(self, desk, request_, ada):
        page = desk.get(post(desk, request_, "decide", step="approve")["Location"]).content.decode()
        request_.withdraw(by=ada)
        refusal = self.undo(desk, page).content.decode()
        assert "Already withdrawn: done by" in refusal
        assert AccessRequest.objects.get().state == "withdrawn"

    def test_a_stale_one_is_refused(self, desk, request_, olga):
        page = desk.get(post(desk, request_, "decide", step="approve")["Location"]).content.decode()
        request_.revoke(by=olga)
        assert "was changed after you opened the page" in self.undo(desk, page).content.decode()
        assert AccessRequest.objects.get().state == "revoked"

    def test_it_is_offered_to_who_decided_and_as_long_as_that_stands(self, desk, request_, olga):
        there = post(desk, request_, "decide", step="approve")["Location"]
        other = browser_of(people.organiser("otto@techtrack.test", name="Otto"))
        assert "done-bar" not in other.get(there).content.decode()
        assert "done-bar" in desk.get(there).content.decode()
        request_.reopen(by=olga)
        assert "done-bar" not in desk.get(there).content.decode()
        for odd in ("x", "4711", "9" * 30, ""):
            assert "done-bar" not in desk.get(f"{LIST}?done={odd}").content.decode()

    def test_a_get_takes_nothing_back(self, desk, request_):
        there = post(desk, request_, "decide", step="approve")["Location"]
        for address in (there, f"{LIST}{request_.pk}/decide/?step=reopen&version=2"):
            desk.get(address)
        assert AccessRequest.objects.get().state == "approved"


class TestRefusals:
    def refused(self, desk, request, **form):
        page = post(
            desk, request, "decide", version=1, step="approve", words="kept words", reason="kept reason", **form
        )
        shown = page.content.decode()
        assert "was changed after you opened the page" in shown
        assert "kept words" in shown
        assert "kept reason" in shown
        return shown[shown.index("changed-since") : shown.index('name="reason"')]

    def test_it_shows_what_the_applicant_changed(self, desk, request_):
        request_.edit({"organisation": "Another Company"}, version=1)
        shown = self.refused(desk, request_)
        assert "Example Platform" in shown
        assert "Another Company" in shown
        assert "Something else" not in shown

    def test_it_shows_what_organisers_did(self, desk, request_, olga):
        request_.decline(by=olga)
        request_.reopen(by=olga)
        shown = self.refused(desk, request_)
        assert "declined by Olga" in shown
        assert "pending by Olga" in shown

    def test_it_shows_that_an_organiser_corrected_the_address(self, desk, request_, olga):
        correct_address(request_, "right@example.com", by=olga, version=1)
        shown = self.refused(desk, request_)
        assert "Olga corrected an address" in shown
        assert "ada@example.com → right@example.com" in shown
        assert "Something else" not in shown

    def test_a_change_without_a_row_of_its_own_is_told_of_too(self, desk, request_):
        request_.edit({"organisation": "Another Company"}, version=1)
        request_.person.change_email("right@example.com")
        shown = self.refused(desk, request_)
        assert "Another Company" in shown
        assert "Something else of it was changed, like the address" in shown

    def test_what_happened_before_is_not_told_as_new(self, desk, request_, olga):
        request_.edit({"organisation": "Old Change"}, version=1)
        request_.decline(by=olga)
        request_.reopen(by=olga)
        request_.edit({"job_title": "New Change"}, version=4)
        page = post(desk, request_, "decide", version=4, step="approve").content.decode()
        shown = page[page.index("changed-since") : page.index('name="reason"')]
        assert "New Change" in shown
        assert "Old Change" not in shown
        assert "declined" not in shown

    def test_where_all_places_are_taken_the_waiting_list_is_offered(self, desk, event, request_, olga):
        people.approved("bea@example.com", event, by=olga)
        type(event).objects.update(capacity=1)
        page = post(desk, request_, "decide", step="approve", words="kept words")
        shown = page.content.decode()
        assert "You can put the person on the waiting list" in shown
        assert "You are on the waiting list: Tech Track 2022" in shown
        assert "kept words" in page.context["shown_mail"]["letter"].text
        request_.refresh_from_db()
        assert request_.state == "pending"

        request_.wait(by=olga)
        page = post(desk, request_, "decide", step="approve").content.decode()
        assert "The request stays on the waiting list." in page
        assert "You can put the person on the waiting list" not in page


class TestTheList:
    def test_it_filters_by_state_event_kind_and_origin(self, desk, event, olga, line):
        earlier = asked(world.event("cacc-2021", current=False), "Past", address="past@corp.example")
        AccessRequest.objects.filter(pk=line[0].pk).update(kind="ngo")
        AccessRequest.objects.filter(pk=line[1].pk).update(origin="by-hand", entered_by=olga)

        def found(query):
            return {one.full_name.split()[0] for one in desk.get(f"{LIST}?{query}").context["cl"].result_list}

        assert found("kind=ngo") == {"First"}
        assert found("origin=by-hand") == {"Second"}
        assert found(f"event__id__exact={earlier.event_id}") == {"Past"}
        line[2].approve(by=olga)
        assert found("state=approved") == {"Third"}

    def test_it_filters_by_what_is_known_of_the_domain(self, desk, event):
        world.organisation("Member Corp", email_domains=["member.example"], member=True)
        for name, address in [("Ann", "a@member.example"), ("Bea", "b@sub.member.example"), ("Cid", "c@gmail.com")]:
            asked(event, name, address=address)
        asked(event, "Dan", address="d@xmember.example")

        def found(kind):
            return {one.full_name.split()[0] for one in desk.get(f"{LIST}?domain={kind}").context["cl"].result_list}

        assert found("member") == {"Ann", "Bea"}
        assert found("free") == {"Cid"}
        assert found("unknown") == {"Dan"}
        assert found("known") == found("disposable") == set()
        assert Organisation.objects.count() == 1

    def test_it_tells_how_long_and_how(self, desk, event, olga, line):
        AccessRequest.objects.filter(pk=line[1].pk).update(origin="invitation", entered_by=olga)
        page = desk.get(LIST).content.decode()
        assert "3\N{NO-BREAK SPACE}days ago" in page
        assert "2\N{NO-BREAK SPACE}days ago</time>, invited</td>" in page
