"""Deciding in admin: once, on record, and at once for the person."""

import pytest
from django.utils import timezone

from registration.models import AccessRequest, Decision, Edit, LoginSession, Mail, SignInCode, User

from . import people, world
from .people import Browser, browser_of, person
from .steps import ask_for_code, is_signed_in, newest_code, seen_on, sign_in, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/accessrequest/"


def decide(desk, request, step, version=None, **said):
    version = request.version if version is None else version
    return desk.post(f"{LIST}{request.pk}/decide/", {"step": step, "version": version, **said})


def page_text(desk, request):
    return desk.get(f"{LIST}{request.pk}/change/").content.decode()


def test_the_list_opens_on_what_is_pending_oldest_first(desk, event, olga):
    for number, name in enumerate(["Newest", "Middle", "Oldest"]):
        one = people.ask(person(f"{name}@corp.example"), event, full_name=f"{name} Person")
        AccessRequest.objects.filter(pk=one.pk).update(asked_at=timezone.now() - timezone.timedelta(days=number + 1))
    people.ask(person("done@corp.example"), event, full_name="Decided Person").approve(by=olga)
    page = desk.get(LIST).content.decode()
    places = [page.index(f"{name} Person") for name in ("Oldest", "Middle", "Newest")]
    assert places == sorted(places)
    assert "Decided Person" not in page
    assert "corp.example" in page
    assert "3\N{NO-BREAK SPACE}days ago" in page
    assert "Decided Person" in desk.get(LIST + "?state=all").content.decode()
    assert "Decided Person" in desk.get(LIST + "?state=approved").content.decode()
    assert "Oldest Person" not in desk.get(LIST + "?q=middle").content.decode()


def test_the_list_takes_the_same_queries_for_one_row_as_for_many(desk, event):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert desk.get(LIST).status_code == 200
        return len(found)

    people.ask(person("one@corp.example"), event)
    with_one = queries()
    for number in range(8):
        people.ask(person(f"p{number}@corp.example"), event)
    assert queries() == with_one


def test_the_request_page_has_all_that_a_decision_needs(desk, request_):
    page = page_text(desk, request_)
    for words in ("Ada Applicant", "Example Platform", "Trust and safety lead", "To learn how others report."):
        assert words in page
    assert "ada@example.com" in page
    for step in ("approve", "decline", "wait"):
        assert f'value="{step}"' in page
    for step in ("revoke", "reopen"):
        assert f'value="{step}"' not in page


def test_a_foreign_alphabet_domain_is_shown_as_punycode_too(desk, event):
    request = people.ask(person("eve@раура1.example"), event)
    for page in (desk.get(LIST).content.decode(), page_text(desk, request)):
        assert f"раура1.example ({request.person.email_domain})" in page
    assert request.person.email_domain.startswith("xn--")


def test_approving_lets_the_person_in_at_once(desk, event, ada, request_):
    morning = world.private_part(event, world.Canaries())
    adas = browser_of(ada)
    secret = morning.sessions.first()
    assert adas.get(secret.get_absolute_url()).status_code == 404
    response = decide(desk, request_, "approve", reason="known to us", words="Welcome!")
    assert response["Location"] == f"{LIST}?done={request_.pk}"
    assert adas.get(secret.get_absolute_url()).status_code == 200
    assert adas.get("/").content.count(b"label-tlp") == 4
    decision = Decision.objects.last()
    assert (decision.begin, decision.to, decision.actor_name) == ("pending", "approved", "Olga")
    assert (decision.reason, decision.words) == ("known to us", "Welcome!")
    assert "Welcome!" in adas.get("/register/status/").content.decode()
    assert "known to us" not in adas.get("/register/status/").content.decode()


def test_revoking_shuts_the_person_out_of_every_browser_at_the_next_click(desk, event, ada, request_, olga):
    """G-05: open login sessions, a kept page, a sign-in code already mailed."""
    morning = world.private_part(event, world.Canaries())
    secret = morning.sessions.first().get_absolute_url()
    request_.approve(by=olga)
    phone, laptop, third = browser_of(ada), browser_of(ada), Browser()
    ask_for_code(third, ada.email)
    code = newest_code(ada.email)
    private_page = laptop.get("/")
    assert "ETag" not in private_page

    decide(desk, request_, "revoke")

    for browser in (phone, laptop):
        assert browser.get(secret).status_code == 404
        assert not is_signed_in(browser)
    kept = laptop.get(
        "/", headers={"If-None-Match": '"anything"', "If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"}
    )
    assert (kept.status_code, b"TLP:AMBER" in kept.content) == (200, False)
    type_code(third, code)
    assert not is_signed_in(third)
    assert not LoginSession.objects.filter(user=ada).exists()
    assert not SignInCode.objects.filter(user=ada).exists()
    assert Mail.objects.filter(purpose="sign-in-code", state="queued").count() == 0

    anew = Browser()
    sign_in(anew, ada.email)
    assert "Access withdrawn by the organisers" in anew.get("/register/status/").content.decode()
    assert anew.get(secret).status_code == 404
    assert anew.get("/").content.count(b"TLP:AMBER") == 0


@pytest.mark.parametrize("how", ["waiting list", "closed account", "another address"])
def test_other_ways_to_lose_access_work_at_the_next_click_too(desk, event, ada, request_, olga, how):
    """G-06."""
    secret = world.private_part(event, world.Canaries()).sessions.first().get_absolute_url()
    request_.approve(by=olga)
    browser = browser_of(ada)
    assert browser.get(secret).status_code == 200
    if how == "waiting list":
        decide(desk, request_, "wait")
    else:
        form = {"email": ada.email, "name": "", "is_active": "on"}
        form |= {"is_active": ""} if how == "closed account" else {"email": "new@example.com"}
        page = f"/admin/registration/user/{ada.pk}/change/"
        assert desk.post(page, form | seen_on(desk, page)).status_code == 302
    assert browser.get(secret).status_code == 404
    assert not is_signed_in(browser)
    assert not LoginSession.objects.filter(user=ada).exists()
    if how == "another address":
        stranger = Browser()
        sign_in(stranger, "ada@example.com")  # the old address is nobody's now
        assert stranger.get(secret).status_code == 404
        owner = Browser()
        assert not User.objects.get(pk=ada.pk).emailaddress_set.get().verified
        sign_in(owner, "new@example.com")  # proves the new one, which nobody has approved yet
        assert owner.get(secret).status_code == 404
        assert AccessRequest.objects.get().to_confirm
        request_.confirm(by=olga)
        assert owner.get(secret).status_code == 200


def test_somebody_who_is_deleted_is_a_visitor_at_the_next_click(event):
    """G-06: who asked is kept for the record (``test_state_table.py``); who only signed in may be deleted."""
    browser = browser_of(person("gone@example.com"))
    assert is_signed_in(browser)
    User.objects.get(email="gone@example.com").delete()
    assert not is_signed_in(browser)


def test_an_approval_opens_nothing_before_the_address_is_proven(event, olga):
    secret = world.private_part(event, world.Canaries()).sessions.first().get_absolute_url()
    entered = person("entered@example.com", proven=False)
    people.ask(entered, event).approve(by=olga)
    assert browser_of(entered).get(secret).status_code == 404
    browser = Browser()
    sign_in(browser, entered.email)
    assert browser.get(secret).status_code == 200


def test_the_second_decision_is_told_what_already_happened(desk, request_):
    other = browser_of(people.organiser("otto@techtrack.test", name="Otto"))
    decide(desk, request_, "approve")
    for step in ("approve", "decline"):
        page = decide(other, request_, step, version=1, reason="typed reason", words="typed words").content.decode()
        assert "Already approved: done by Olga on" in page
        assert "typed reason" in page
        assert "typed words" in page
    assert AccessRequest.objects.get().state == "approved"
    assert Decision.objects.count() == 2
    assert list(Mail.objects.values_list("purpose", flat=True)) == ["approved", "received"]


def test_a_page_that_the_applicant_made_stale_is_refused_and_shows_what_changed(desk, ada, request_):
    request_.edit({"organisation": "Another Company"}, version=1)
    page = decide(desk, request_, "approve", version=1, words="kept words").content.decode()
    assert "was changed after you opened the page" in page
    assert "Example Platform" in page  # before
    assert "Another Company" in page  # after
    assert "kept words" in page
    assert AccessRequest.objects.get().state == "pending"
    assert Edit.objects.count() == 1
    assert 'name="version" value="2"' in page


def test_a_page_that_another_organiser_made_stale_is_refused(desk, request_, olga):
    request_.decline(by=olga)
    request_.reopen(by=olga)
    page = decide(desk, request_, "approve", version=1).content.decode()
    assert "was changed after you opened the page" in page
    assert AccessRequest.objects.get().state == "pending"


def test_edits_of_needs_do_not_make_a_page_stale(desk, request_):
    request_.edit({"needs": "vegan", "reception": "yes"}, version=1)
    decide(desk, request_, "approve", version=1)
    assert AccessRequest.objects.get().state == "approved"


def test_a_get_decides_nothing(desk, request_):
    for address in (f"{LIST}{request_.pk}/decide/?step=approve&version=1", f"{LIST}decide/?step=approve"):
        assert desk.get(address).status_code == 405
    desk.get(f"{LIST}{request_.pk}/change/?step=approve&version=1")
    desk.get(LIST + f"?action=approve_selected&_selected_action={request_.pk}")
    assert AccessRequest.objects.get().state == "pending"


@pytest.mark.parametrize("form", [{"step": "approve"}, {"step": "explode", "version": 1}, {"version": 1}, {"step": ""}])
def test_an_incomplete_form_decides_nothing_and_says_so(desk, request_, form):
    response = desk.post(f"{LIST}{request_.pk}/decide/", form, follow=True)
    assert "Nothing was decided" in response.content.decode()
    assert AccessRequest.objects.get().state == "pending"


def test_odd_words_are_refused_beside_their_field_and_kept(desk, request_):
    page = decide(desk, request_, "approve", words="left\u202eright", reason="kept").content.decode()
    assert "cannot be seen (U+202E)" in page
    assert "kept" in page
    assert AccessRequest.objects.get().state == "pending"


@pytest.mark.parametrize(
    "query", ["why__regex=(", "id__range=1", "asked_at__year=0", "person__email__startswith=a", "person__login_key=x"]
)
def test_the_list_can_be_asked_only_what_its_filters_offer(desk, request_, query):
    assert desk.get(f"{LIST}?{query}").status_code == 400


def test_nobody_learns_of_requests_through_the_pages_of_other_rows(event, request_):
    editor = browser_of(people.organiser("ed@techtrack.test", permissions=people.EDITOR))
    for model, pk in (("accessrequest", request_.pk), ("user", request_.person.pk), ("mail", Mail.objects.first().pk)):
        for number in (pk, 999_999):
            for page in ("history", "change", "delete"):
                assert editor.get(f"/admin/registration/{model}/{number}/{page}/").status_code in {302, 403}
        answers = [editor.get(f"/admin/registration/{model}/{n}/history/").status_code for n in (pk, 999_999)]
        assert answers == [403, 403]
    for query in ("access_requests=1", "access_requests__isnull=0"):
        assert editor.get(f"/admin/agenda/event/?{query}").status_code == 400
    reader = browser_of(people.organiser("rita@techtrack.test", permissions=["view_user"]))
    for query in ("access_requests__isnull=False", "mails__isnull=1", "login_sessions__isnull=0", "login_key__lt=z"):
        assert reader.get(f"/admin/registration/user/?{query}").status_code == 400
    odd = "/admin/autocomplete/?app_label=agenda&model_name=event&field_name=access_requests&term=a"
    assert editor.get(odd).status_code == 403


def test_the_desk_says_when_an_approval_opens_nothing(desk, request_, ada):
    assert "opens nothing" not in page_text(desk, request_)
    ada.emailaddress_set.update(verified=False)
    assert "not proven yet" in page_text(desk, request_)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert "shut out" in page_text(desk, request_)


def test_who_may_only_read_sees_no_buttons(request_):
    viewer = browser_of(people.organiser("vera@techtrack.test", permissions=people.VIEWER))
    assert 'name="step"' not in page_text(viewer, request_)
    assert "approve_selected" not in viewer.get(LIST).content.decode()


def test_admin_lets_nobody_edit_a_request_or_a_decision(desk, request_):
    assert desk.post(f"{LIST}{request_.pk}/change/", {"state": "approved"}).status_code == 403
    assert desk.post(f"{LIST}add/", {}).status_code == 403
    assert desk.post(f"{LIST}{request_.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "decision" not in desk.get("/admin/").content.decode().lower().replace("decide", "")
    assert desk.get("/admin/registration/decision/").status_code == 404
    assert AccessRequest.objects.get().state == "pending"


def test_only_an_administrator_changes_an_organiser(olga):
    helper = people.organiser("hal@techtrack.test", permissions=["view_user", "change_user"])
    browser = browser_of(helper)
    form = {"email": "mine@evil.example", "name": "Olga", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert browser.post(f"/admin/registration/user/{olga.pk}/change/", form).status_code == 403
    ada = person("ada@example.com")
    page = f"/admin/registration/user/{ada.pk}/change/"
    assert browser.post(page, form | {"email": "ada@example.com"} | seen_on(browser, page)).status_code == 302
    ada.refresh_from_db()
    assert (ada.is_staff, ada.is_superuser) == (False, False)
    assert User.objects.get(pk=olga.pk).email == olga.email
