"""Mail leaves through the outbox: later, once, codes first, and with the server's answer on record."""

from datetime import timedelta
from threading import Thread

import pytest
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.utils import timezone

from registration import tidying
from registration.mail.letters import letter
from registration.mail.worker import Worker, lease_next
from registration.models import Mail

from . import people
from .people import Browser, person
from .steps import ask_for_code, newest_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]

ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def _mail_really_leaves(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # pytest-django puts another in its place


@pytest.fixture
def boss():
    return people.organiser()


def test_a_code_is_delivered_in_text_and_html_and_then_forgotten(mailbox):
    ask_for_code(Browser(), ADA)
    code = newest_code(ADA)
    Worker().deliver_all()
    received = mailbox.wait_for(ADA)
    assert received.subject == "Your sign-in code for the Tech Track"
    assert code in received.text
    assert code in received.html
    mail = Mail.objects.get()
    assert (mail.state, mail.sealed, mail.tries) == ("sent", None, 1)
    assert mail.answer.startswith("250")


def test_each_mail_goes_to_one_person_and_tells_nothing_of_this_machine(mailbox, event, boss):
    ada = person(ADA)
    request = people.ask(ada, event)
    request.approve(by=boss, words="See you there")
    Worker().deliver_all()
    mailbox.wait_for(ADA, count=2)
    for received in mailbox.messages:
        message = received.message
        assert received.recipients == (ADA,)
        assert (message["To"], message["Cc"], message["Bcc"]) == (ADA, None, None)
        assert message["From"] == "Tech Track <techtrack@techtrack.test>"
        assert message["Message-ID"].endswith("@techtrack.test>")
        assert message["Auto-Submitted"] == "auto-generated"
        for part in (received.text, received.html):
            assert "Ada Applicant" not in part
            assert "Example Platform" not in part
        assert "http" not in received.html.replace("https://techtrack.test", "")
        assert "<img" not in received.html
    approved = mailbox.find(ADA, "You have access")[0]
    assert "See you there" in approved.text
    assert "https://techtrack.test/" in approved.text


def test_words_of_an_organiser_are_text_and_not_markup(mailbox, event, boss):
    people.ask(person(ADA), event).decline(by=boss, words="<b>No</b> & <script>x</script>")
    Worker().deliver_all()
    received = mailbox.wait_for(ADA, "Your request")
    assert "<b>No</b> & <script>x</script>" in received.text
    assert "<script>" not in received.html
    assert "&lt;b&gt;No&lt;/b&gt;" in received.html


def test_codes_overtake_everything(mailbox, event):
    for number in range(20):
        Mail.objects.queue("received", person(f"p{number}@example.com"), decision=None)
    ask_for_code(Browser(), ADA)
    mail = lease_next()
    assert (mail.purpose, mail.recipient) == ("sign-in-code", ADA)


def test_a_code_past_its_life_is_not_sent(mailbox):
    ask_for_code(Browser(), ADA)
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    Worker().deliver_all()
    mail = Mail.objects.get()
    assert (mail.state, mail.sealed) == ("expired", None)
    assert mailbox.messages == []


def test_a_final_refusal_ends_it_with_the_servers_own_words(mailbox, event):
    mailbox.reply = "550 5.1.1 no such mailbox here"
    people.ask(person(ADA), event)
    Worker().deliver_all()
    mail = Mail.objects.get()
    assert (mail.state, mail.answer) == ("refused", "550 5.1.1 no such mailbox here")
    page = people.browser_of(people.organiser()).get("/admin/registration/mail/").content.decode()
    assert "550 5.1.1 no such mailbox here" in page


def test_a_passing_refusal_is_tried_again_with_growing_pauses(mailbox, event):
    mailbox.reply = "451 try later"
    people.ask(person(ADA), event)
    pauses = []
    for _ in range(3):
        before = timezone.now()
        Worker().deliver_all()
        mail = Mail.objects.get()
        assert (mail.state, mail.answer) == ("queued", "451 try later")
        pauses.append(mail.due_at - before)
        Mail.objects.update(due_at=timezone.now())
    assert pauses == sorted(pauses)
    assert pauses[-1] > 4 * pauses[0]
    mailbox.reply = "250 accepted"
    Worker().deliver_all()
    assert (Mail.objects.get().state, Mail.objects.get().tries, len(mailbox.messages)) == ("sent", 4, 1)


def test_with_the_mail_server_down_pages_answer_and_nothing_is_lost(mailbox, event):
    with mailbox.down():
        assert ask_for_code(Browser(), ADA).status_code == 302
        Worker().deliver_all()
        mail = Mail.objects.get()
        assert (mail.state, mail.tries) == ("queued", 1)
        assert "refused" in mail.answer.lower()
    Mail.objects.update(due_at=timezone.now())
    Worker().deliver_all()
    assert mailbox.wait_for(ADA).code


def test_tidying_that_fails_keeps_no_mail_back(mailbox, event, monkeypatch):
    def broken():
        raise DatabaseError("tidying failed")

    people.ask(person(ADA), event)
    monkeypatch.setattr("registration.tidying.what_cannot_wait", broken)
    worker = Worker()

    def work():
        worker.run()
        connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        assert mailbox.wait_for(ADA)
    finally:
        worker.stopping = True
        thread.join()


def test_what_a_worker_has_leased_no_other_takes_until_the_lease_ends(event):
    people.ask(person(ADA), event)
    assert lease_next() is not None
    assert lease_next() is None
    Mail.objects.update(leased_until=timezone.now() - timedelta(seconds=1))  # it was killed
    assert lease_next().tries == 2


def test_two_workers_send_each_mail_once(mailbox, event):
    for number in range(30):
        people.ask(person(f"p{number}@example.com"), event)

    def work():
        Worker().deliver_all()
        connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    recipients = [received.recipients[0] for received in mailbox.messages]
    assert len(recipients) == 30
    assert len(set(recipients)) == 30
    assert set(Mail.objects.values_list("state", "tries")) == {("sent", 1)}


def test_seven_days_after_its_end_a_mail_loses_its_recipient_and_keeps_the_rest(event):
    """MAIL-06."""
    people.ask(person(ADA), event)
    people.ask(person("eve@example.com"), event)
    week = timedelta(days=7)
    mail = Mail.objects.get(recipient=ADA)
    ended = timezone.now() - week - timedelta(minutes=1)
    Mail.objects.filter(pk=mail.pk).update(state="refused", ended_at=ended, answer="550 no ada@example.com here")
    Mail.objects.exclude(pk=mail.pk).update(state="sent", ended_at=timezone.now() - week + timedelta(minutes=1))
    tidying.everything()
    mail.refresh_from_db()
    assert (mail.recipient, mail.person, mail.answer) == ("", None, "")
    assert (mail.purpose, mail.state, mail.ended_at) == ("received", "refused", ended)
    assert Mail.objects.exclude(pk=mail.pk).get().recipient == "eve@example.com"


def test_a_code_that_was_not_sent_in_time_is_emptied(monkeypatch):
    ask_for_code(Browser(), ADA)
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    tidying.everything()
    assert list(Mail.objects.values_list("state", "sealed")) == [("expired", None)]


def test_no_body_no_code_and_no_subject_stands_in_the_outbox(event, boss):
    people.ask(person(ADA), event).approve(by=boss, words="secret words")
    ask_for_code(Browser(), ADA)
    code = newest_code(ADA)
    stored = str(list(Mail.objects.values()))
    for absent in ("secret words", "You have access", code):
        assert absent not in stored
    desk = people.browser_of(people.organiser("olga2@techtrack.test"))
    for mail in Mail.objects.all():
        page = desk.get(f"/admin/registration/mail/{mail.pk}/change/").content.decode()
        assert code not in page


@pytest.mark.slow
def test_a_code_behind_a_thousand_mails_is_the_next_to_leave(mailbox, live_site, event):
    """Against the running worker, while it is busy with the rest."""
    Mail.objects.bulk_create(Mail(purpose="withdrawn", recipient=f"p{number}@example.com") for number in range(1000))
    live_site.start_mail_worker()
    mailbox.wait_for("p3@example.com")
    assert Mail.objects.filter(state="queued").count() > 100
    ask_for_code(Browser(), ADA)
    before = len(mailbox.messages)
    mailbox.wait_for(ADA)
    came = [received.recipients[0] for received in mailbox.messages]
    assert came.index(ADA) <= before + 1  # after the one that was on its way


def test_what_a_mail_server_is_sent_twice_it_can_tell_by_the_message_id(event):
    people.ask(person(ADA), event)
    people.ask(person("eve@example.com"), event)
    first, second = Mail.objects.order_by("pk")
    assert letter(first).message()["Message-ID"] == letter(first).message()["Message-ID"]
    assert letter(first).message()["Message-ID"] != letter(second).message()["Message-ID"]


def test_a_code_is_tried_again_until_it_expires(mailbox):
    """Servers that greylist ask for minutes; a code that is tried for as long as it lives gets there."""
    ask_for_code(Browser(), ADA)
    mailbox.reply = "450 greylisted"
    for tries in range(1, 13):
        Worker().deliver_all()
        mail = Mail.objects.get()
        assert (mail.state, mail.tries) == ("queued", tries)
        Mail.objects.update(due_at=timezone.now())
    mailbox.reply = "250 accepted"
    Worker().deliver_all()
    assert mailbox.wait_for(ADA).code


def refuse_some(envelope):
    """A relay that finds no domain for some recipients, and says so with 450; anybody can make such addresses up."""
    return "450 4.1.2 domain not found" if envelope.rcpt_tos[0].startswith("nowhere") else "250 accepted"


def ask_for_codes(*addresses):
    for address in addresses:
        ask_for_code(Browser(), address)


def test_codes_that_are_refused_for_now_hold_up_no_other(mailbox):
    ask_for_codes(*[f"nowhere{n}@example.com" for n in range(5)])
    mailbox.reply = refuse_some
    worker = Worker()
    worker.deliver_all()
    assert Mail.objects.filter(state="queued").count() == 5
    ask_for_codes(ADA)
    Mail.objects.exclude(recipient=ADA).update(due_at=timezone.now() - timedelta(minutes=1))
    assert lease_next().recipient == ADA


def test_after_a_refusal_the_connection_is_kept_and_after_a_parting_it_is_not(mailbox, monkeypatch):
    connections = []
    monkeypatch.setattr(
        "registration.mail.worker.get_connection", lambda: connections.append(get_connection()) or connections[-1]
    )
    ask_for_codes(*[f"nowhere{n}@example.com" for n in range(3)], ADA)
    mailbox.reply = refuse_some
    Worker().deliver_all()
    assert (len(connections), len(mailbox.messages)) == (1, 1)
    Mail.objects.update(state="queued", due_at=timezone.now(), sealed=None, purpose="received")
    connections.clear()
    mailbox.reply = "421 closing"
    Worker().deliver_all()
    assert len(connections) == 4


def test_a_code_that_is_refused_again_and_again_is_tried_seven_times_in_its_life(mailbox):
    ask_for_codes("nowhere@example.com")
    mailbox.reply = refuse_some
    pauses = []
    for _ in range(6):
        before = timezone.now()
        Worker().deliver_all()
        pauses.append(int((Mail.objects.get().due_at - before).total_seconds()))
        Mail.objects.update(due_at=timezone.now())
    assert pauses == [15, 15, 30, 60, 120, 240]


def test_while_the_mail_server_is_down_codes_stay_first_and_are_tried_every_quarter_of_a_minute(mailbox):
    ask_for_codes(ADA)
    with mailbox.down():
        for _ in range(4):
            Worker().deliver_all()
            mail = Mail.objects.get()
            assert mail.urgent
            assert mail.due_at < timezone.now() + timedelta(seconds=16)
            Mail.objects.update(due_at=timezone.now())


def test_a_worker_that_lost_its_lease_writes_down_no_failure(event, monkeypatch):
    """It hung in connecting; meanwhile another took the row and sent it."""
    people.ask(person(ADA), event)

    def hang_then_fail(worker, mail):
        Mail.objects.update(state="sent", tries=2, answer="250 accepted")
        raise OSError("timed out")

    monkeypatch.setattr(Worker, "call", hang_then_fail)
    Worker().deliver_all()
    assert Mail.objects.values_list("state", "tries", "answer").get() == ("sent", 2, "250 accepted")
