"""Did they get the mail? Each request lists its mails, and the newest news can be sent again."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import tidying
from registration.mail.letters import letter
from registration.mail.worker import Worker
from registration.models import Mail, Record

from . import people
from .mailbox import CODE
from .people import Browser, browser_of, person
from .steps import ask_for_code, newest_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/accessrequest/"
REFUSAL = "550 5.7.1 <ada@example.com>: blocked by policy, see https://filter.example/why"


@pytest.fixture(autouse=True)
def _mail_really_leaves(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # pytest-django puts another in its place


def page_of(desk, request):
    return desk.get(f"{LIST}{request.pk}/change/")


def lines(desk, request):
    """What the page says of each mail, the newest first, in one line."""
    listed = page_of(desk, request).content.decode().split('id="mails-heading"')[1]
    items = re.findall(r'(?s)<li class="mail-\w+">(.*?)</li>', listed.split("</section>")[0])
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", item)).split()).replace(" ,", ",") for item in items]


def without_pause():
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=2))


def again(desk, request, news=None):
    news = news or request.decisions.order_by("-pk").first()
    return desk.post(f"{LIST}{request.pk}/mail-again/", {"news": news.pk}, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def test_a_mail_that_waits_is_listed_with_its_address(desk, request_):
    [line] = lines(desk, request_)
    assert "Request received to ada@example.com" in line
    assert line.endswith("waiting")


def test_the_mail_servers_own_words_stand_with_the_request(desk, request_, mailbox):
    mailbox.reply = REFUSAL
    Worker().deliver_all()
    [line] = lines(desk, request_)
    assert line.endswith(f"refused after 1 try {REFUSAL}")
    assert 'href="https://filter.example' not in page_of(desk, request_).content.decode()


def test_words_of_a_mail_server_are_text(desk, request_, mailbox):
    mailbox.reply = "550 <script>alert(1)</script>"
    Worker().deliver_all()
    assert "<script>alert(1)" not in page_of(desk, request_).content.decode()
    assert "<script>alert(1)</script>" in Mail.objects.get().answer


def test_a_mail_that_was_tried_says_how_often_and_when_it_is_tried_next(desk, request_, mailbox):
    mailbox.reply = "451 4.7.1 greylisted"
    for _ in range(2):
        Mail.objects.update(due_at=timezone.now())
        Worker().deliver_all()
    [line] = lines(desk, request_)
    due = Mail.objects.get().due_at
    assert line.endswith(f"tried 2 times, next at {due.day} {due:%B, %H:%M} UTC 451 4.7.1 greylisted")


def test_a_mail_that_left_says_so(desk, request_, mailbox):
    Worker().deliver_all()
    mailbox.wait_for("ada@example.com")
    [line] = lines(desk, request_)
    assert "accepted by the mail server" in line
    assert "250" in line


def test_a_week_later_the_address_is_gone_and_the_result_stays(desk, request_, mailbox):
    Worker().deliver_all()
    Mail.objects.update(ended_at=timezone.now() - timedelta(days=8))
    tidying.everything()
    [line] = lines(desk, request_)
    assert "Request received (the address is no longer kept)" in line
    assert "accepted by the mail server" in line


def test_that_a_code_went_out_is_listed_and_never_the_code(desk, request_, mailbox):
    ask_for_code(Browser(), "ada@example.com")
    code = newest_code("ada@example.com")
    for _ in range(2):
        page = page_of(desk, request_).content.decode()
        assert "Sign-in code" in lines(desk, request_)[0]
        assert code not in page
        assert not CODE.search(page)
        Worker().deliver_all()
    assert "accepted by the mail server" in lines(desk, request_)[0]


def test_what_an_organiser_is_told_of_their_own_sign_in_is_not_listed(desk, event, olga):
    request = people.ask(olga, event)
    Mail.objects.queue(Mail.SECOND_FACTOR, olga, about="app-added")
    Mail.objects.queue("alarm-queue", olga)
    assert len(lines(desk, request)) == 1


def test_mails_of_other_people_are_not_listed(desk, event, request_):
    other = people.ask(person("bob@example.com"), event)
    assert len(lines(desk, other)) == 1
    assert "bob@example.com" in lines(desk, other)[0]
    assert "bob@example.com" not in " ".join(lines(desk, request_))


def test_the_page_takes_the_same_queries_for_one_mail_as_for_many(desk, request_):
    def queries():
        with CaptureQueriesContext(connection) as found:
            page_of(desk, request_)
        return len(found)

    with_one = queries()
    decision = request_.decisions.get()
    for _ in range(30):
        Mail.objects.queue("received", request_.person, decision=decision)
        Mail.objects.queue(Mail.SIGN_IN_CODE, request_.person)
    assert queries() == with_one
    assert len(lines(desk, request_)) == 50


# Sending again


def test_the_newest_news_can_be_sent_again(desk, olga, request_, mailbox):
    request_.approve(by=olga, words="Bring a badge.")
    Worker().deliver_all()
    without_pause()
    assert "Send “Approved” again" in page_of(desk, request_).content.decode()
    answer = again(desk, request_)
    assert said(answer) == ["Queued again: “Approved” to ada@example.com."]
    assert request_.decisions.count() == 2
    Worker().deliver_all()
    first, second = mailbox.find("ada@example.com", "You have access")
    assert (first.text, first.html) == (second.text, second.html)
    assert "Bring a badge." in second.text
    assert first.message["Message-ID"] != second.message["Message-ID"]
    record = Record.objects.get()
    assert (record.deed, record.about, record.request, record.actor) == ("sent-again", "Approved", request_, olga)


def test_it_goes_to_the_address_that_the_person_has_now(desk, olga, request_, mailbox):
    mailbox.reply = "550 no such mailbox"
    request_.decline(by=olga)
    Worker().deliver_all()
    mailbox.reply = "250 accepted"
    request_.person.change_email("ada@corp.example")
    without_pause()
    again(desk, request_)
    Worker().deliver_all()
    assert mailbox.wait_for("ada@corp.example", "Your request")


def test_not_while_one_waits(desk, olga, request_):
    without_pause()
    assert "It is waiting to go out already." in page_of(desk, request_).content.decode()
    assert said(again(desk, request_)) == ["Nothing was sent. It is waiting to go out already."]
    assert Mail.objects.count() == 1
    assert not Record.objects.exists()


def test_one_that_waits_for_the_address_of_before_holds_nothing_up(desk, olga, request_):
    without_pause()
    request_.person.change_email("ada@corp.example")
    again(desk, request_)
    assert Mail.objects.filter(purpose="received", recipient="ada@corp.example").count() == 1


def test_not_twice_within_a_minute(desk, request_, mailbox):
    Worker().deliver_all()
    assert "less than a minute ago" in page_of(desk, request_).content.decode()
    assert said(again(desk, request_)) == ["Nothing was sent. It was sent less than a minute ago."]
    without_pause()
    again(desk, request_)
    Worker().deliver_all()
    again(desk, request_)
    assert Mail.objects.count() == 2


def test_old_news_is_not_sent_again(desk, olga, request_):
    """Who was revoked must not be told of an approval."""
    approval = request_.approve(by=olga)
    request_.revoke(by=olga)
    Mail.objects.update(state="sent")
    without_pause()
    assert "Send “Access revoked” again" in page_of(desk, request_).content.decode()
    answer = again(desk, request_, news=approval)
    assert "Something else was decided" in said(answer)[0]
    assert Mail.objects.filter(purpose="approved").count() == 1


def test_an_approval_that_opens_nothing_is_not_told_again(desk, olga, request_):
    request_.approve(by=olga)
    Mail.objects.update(state="sent")
    without_pause()
    type(request_).objects.update(to_confirm=True)
    assert "opens nothing until somebody confirms it" in said(again(desk, request_))[0]
    type(request_).objects.update(to_confirm=False)
    type(request_.person).objects.filter(pk=request_.person_id).update(is_active=False)
    assert "shut out" in said(again(desk, request_))[0]
    assert Mail.objects.filter(purpose="approved").count() == 1


@pytest.mark.parametrize("news", ["", "x", "9" * 30, "-1", "0", "²"])
def test_an_odd_key_sends_nothing(desk, request_, news):
    without_pause()
    answer = desk.post(f"{LIST}{request_.pk}/mail-again/", {"news": news})
    assert answer.status_code == 302
    assert Mail.objects.count() == 1


def test_a_request_that_does_not_exist_has_no_mails(desk):
    assert desk.post(f"{LIST}99999/mail-again/", {"news": "1"}).status_code == 404


def test_who_may_only_look_sees_the_mails_and_sends_none(event, request_):
    Mail.objects.update(state="sent")
    without_pause()
    viewer = browser_of(people.organiser("vera@techtrack.test", permissions=people.VIEWER))
    page = page_of(viewer, request_).content.decode()
    assert "Request received" in page
    assert "mail-again" not in page
    assert viewer.post(f"{LIST}{request_.pk}/mail-again/", {"news": "1"}).status_code == 403
    assert Mail.objects.count() == 1


def test_a_letter_sent_again_is_in_the_language_of_now(desk, olga, request_):
    request_.decline(by=olga)
    Mail.objects.update(state="sent")
    without_pause()
    request_.person.reads("es")
    again(desk, request_)
    assert '<html lang="es">' in letter(Mail.objects.first()).alternatives[0].content
