"""A mail to all of one state, or to chosen people: looked at, tested, queued once, and told on their own page too."""

import time

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from registration import rules
from registration.mail.letters import letter
from registration.mail.worker import Worker, lease_next
from registration.models import (
    AccessRequest,
    AlreadyDecided,
    Circular,
    Copy,
    Mail,
    Record,
    RulesAcceptance,
    Stale,
    User,
)
from registration.steps import State

from . import people, world
from .people import ANSWERS, Browser, approved, browser_of, person
from .steps import ask_for_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/circular/"
REQUESTS = "/admin/registration/accessrequest/"
TEXT = "The room is open at eight.\n\nThe day: {agenda_url}\n\nMap: https://maps.example/hall"
STATUS = "/register/status/"


@pytest.fixture
def guests(event, olga):
    return [approved(f"guest{number}@example.com", event, by=olga) for number in range(3)]


def draft(event, olga, state="approved", **texts):
    texts = {"subject": "Before you come: {event}", "text": TEXT} | texts
    return Circular.objects.create(event=event, state=state, made_by=olga, **texts)


def queue(circular, by):
    return circular.queue(by=by, looked_at=circular.looked_at(circular.addressees()))


def queued():
    return Mail.objects.filter(purpose=Mail.CIRCULAR)


def page(desk, circular):
    return desk.get(f"{LIST}{circular.pk}/").content.decode()


def press(desk, circular, deed, **more):
    opened = desk.get(f"{LIST}{circular.pk}/").context
    more = {"looked_at": opened.get("looked_at", "")} | more
    return desk.post(f"{LIST}{circular.pk}/", {"deed": deed, **more}, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


# The whole way, by the desk


def test_the_whole_way_to_all_in_one_state(desk, olga, event, guests, ada, mailbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    people.ask(ada, event)
    Mail.objects.all().delete()
    answer = desk.post(f"{LIST}new/", {"event": event.pk, "state": "approved"})
    circular = Circular.objects.get()
    assert answer.headers["Location"] == f"{LIST}{circular.pk}/"
    seen = desk.get(f"{LIST}{circular.pk}/").context["form"]["seen"].value()
    answer = desk.post(
        f"{LIST}{circular.pk}/", {"deed": "save", "seen": seen, "subject": "Hello: {event}", "text": TEXT}, follow=True
    )
    shown = answer.content.decode()
    assert "Hello: Tech Track 2022" in shown
    assert "3 people get it" in shown
    assert "may not read the private morning" not in shown
    assert not queued().exists()

    press(desk, circular, "test")
    Worker().deliver_all()
    test = mailbox.wait_for(olga.email, "Hello: Tech Track 2022")
    assert len(mailbox.messages) == 1

    assert said(press(desk, circular, "queue")) == ["Queued for 3 people."]
    Worker().deliver_all()
    for guest in guests:
        received = mailbox.wait_for(guest.email, "Hello: Tech Track 2022")
        assert received.recipients == (guest.email,)
        assert (received.text, received.html) == (test.text, test.html)
        assert received.message["Auto-Submitted"] == "auto-generated"
        assert received.message["List-Unsubscribe"] is None
    assert 'href="https://techtrack.test/"' in received.html
    assert "https://maps.example/hall" in received.text
    assert 'href="https://maps' not in received.html
    assert mailbox.find(ada.email) == []
    counts = desk.get(f"{LIST}{circular.pk}/").context["progress"]
    assert counts == [
        ("waiting", 0),
        ("accepted by the mail server", 3),
        ("refused", 0),
        ("not sent: cancelled, or no longer for them", 0),
    ]
    record = Record.objects.filter(figures__people=3).get()
    assert (record.deed, record.actor) == ("mailed", olga)
    assert record.about == "“Hello: {event}” to Tech Track 2022: approved"


def test_to_those_who_are_ticked_in_the_list(desk, olga, event, guests, ada):
    people.ask(ada, event)
    chosen = AccessRequest.objects.filter(person__in=[guests[0], ada])
    answer = desk.post(
        REQUESTS + "?state=all",
        {"action": "write_to_selected", "_selected_action": [one.pk for one in chosen]},
    )
    circular = Circular.objects.get()
    assert answer.headers["Location"] == f"{LIST}{circular.pk}/"
    Circular.objects.update(subject="S", text="T")
    circular.refresh_from_db()
    shown = page(desk, circular)
    assert "2 people get it" in shown
    assert "1 of them may not read the private morning" in shown
    press(desk, circular, "queue")
    assert {mail.person for mail in queued()} == {guests[0], ada}


def test_requests_of_two_events_get_no_common_mail(desk, event, olga, guests):
    other = world.event("cacc-2021", current=False)
    request = people.ask(person("bob@example.com"), other)
    keys = [request.pk, AccessRequest.objects.get(person=guests[0]).pk]
    answer = desk.post(REQUESTS + "?state=all", {"action": "write_to_selected", "_selected_action": keys}, follow=True)
    assert "Choose requests for one event" in said(answer)[0]
    assert not Circular.objects.exists()


# Who gets it


def test_only_proven_addresses_of_those_who_may_get_it(event, olga, guests):
    unproven = person("unproven@example.com")
    people.ask(unproven, event).approve(by=olga)
    unproven.emailaddress_set.update(verified=False)
    shut = approved("shut@example.com", event, by=olga)
    User.objects.filter(pk=shut.pk).update(is_active=False)
    approved("confirm@example.com", event, by=olga)
    AccessRequest.objects.filter(person__email="confirm@example.com").update(to_confirm=True)
    circular = draft(event, olga)
    addressees = circular.addressees()
    assert {one.person for one in addressees.reached} == set(guests)
    assert sorted(addressees.left_out.values()) == [1, 1, 1]
    assert {why.split(",")[0] for why in addressees.left_out} == {"address not proven", "shut out", "approved"}
    assert queue(circular, olga) == 3


def test_who_is_chosen_and_approved_but_not_in_is_not_said_to_get_it(event, olga, guests):
    """The worker would not send it: what was queued is what goes out."""
    AccessRequest.objects.filter(person=guests[0]).update(to_confirm=True)
    chosen = list(AccessRequest.objects.values_list("pk", flat=True))
    circular = draft(event, olga, state="", chosen=chosen)
    assert {one.person for one in circular.addressees().reached} == set(guests[1:])
    assert [why.partition(",")[0] for why in circular.addressees().left_out] == ["approved"]


def test_somebody_with_two_requests_gets_one(event, olga, ada):
    people.ask(ada, event).withdraw(by=ada)
    people.ask(ada, event)
    circular = draft(event, olga, state="")
    circular.chosen = list(AccessRequest.objects.values_list("pk", flat=True))
    circular.save()
    assert queue(circular, olga) == 1
    assert Copy.objects.get().state == "pending"


def test_each_reads_it_in_their_language_where_it_is_written(event, olga, guests):
    guests[0].reads("es")
    Mail.objects.all().delete()
    queue(draft(event, olga, subject_es="Antes: {event}", text_es="La sala.\n\n{agenda_url}"), olga)
    queue(draft(event, olga), olga)
    letters = [letter(mail) for mail in queued().filter(person=guests[0]).order_by("pk")]
    assert [one.subject for one in letters] == ["Antes: Tech Track 2022", "Before you come: Tech Track 2022"]
    assert "https://techtrack.test/es/" in letters[0].body
    assert '<html lang="en">' in letters[1].alternatives[0].content
    assert "Before you come" in letter(queued().filter(person=guests[1]).first()).subject


def test_codes_overtake_a_thousand_of_them(event, olga, guests):
    Mail.objects.all().delete()
    queue(draft(event, olga), olga)
    ask_for_code(Browser(), guests[0].email)
    assert lease_next().purpose == Mail.SIGN_IN_CODE


# Once


def test_sent_twice_it_goes_out_once(desk, event, olga, guests):
    circular = draft(event, olga)
    looked_at = circular.looked_at(circular.addressees())
    circular.queue(by=olga, looked_at=looked_at)
    with pytest.raises(AlreadyDecided):
        circular.queue(by=olga, looked_at=looked_at)
    answer = press(desk, circular, "queue", looked_at=looked_at)
    assert said(answer) == ["Olga queued this mail already. Nothing was queued now."]
    assert queued().count() == 3
    assert Record.objects.filter(deed="mailed").count() == 1


def test_the_database_lets_nobody_have_two_copies(event, olga, guests):
    circular = draft(event, olga)
    queue(circular, olga)
    copy = Copy.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Copy.objects.create(circular=circular, request=copy.request, person=copy.person, state=copy.state)


@pytest.mark.parametrize("what", ["text", "people", "address"])
def test_what_changed_since_one_looked_is_not_queued(what, event, olga, guests):
    circular = draft(event, olga)
    looked_at = circular.looked_at(circular.addressees())
    match what:
        case "text":
            Circular.objects.update(text="Another")
        case "people":
            AccessRequest.objects.get(person=guests[0]).revoke(by=olga)
        case "address":
            User.objects.filter(pk=guests[0].pk).update(email="other@example.com")
    with pytest.raises(Stale):
        circular.queue(by=olga, looked_at=looked_at)
    assert not queued().exists()
    assert not Copy.objects.exists()


def test_with_nobody_to_get_it_nothing_is_queued(event, olga):
    with pytest.raises(Stale):
        queue(draft(event, olga), olga)


def test_what_was_queued_cannot_be_edited_nor_deleted(desk, event, olga, guests):
    circular = draft(event, olga)
    seen = desk.get(f"{LIST}{circular.pk}/").context["form"]["seen"].value()
    queue(circular, olga)
    form = {"seen": seen, "subject": "Other", "text": "Other"}
    assert "cannot be changed any more" in said(press(desk, circular, "save", **form))[0]
    assert "stays on record" in said(press(desk, circular, "delete"))[0]
    circular.refresh_from_db()
    assert circular.text == TEXT
    assert "<textarea" not in page(desk, circular)


def test_two_organisers_who_write_at_once(desk, event, olga):
    circular = draft(event, olga)
    seen = desk.get(f"{LIST}{circular.pk}/").context["form"]["seen"].value()
    otto = browser_of(people.organiser("otto@techtrack.test", name="Otto"))
    press(otto, circular, "save", seen=seen, subject="Otto's", text="Otto's")
    answer = press(desk, circular, "save", seen=seen, subject="Olga's", text="Olga's")
    assert "Nothing was saved" in str(answer.context["form"].errors)
    assert Circular.objects.get().text == "Otto's"


def test_a_draft_can_be_deleted_and_a_tested_one_stays(desk, event, olga):
    circular = draft(event, olga)
    press(desk, circular, "delete")
    assert not Circular.objects.exists()
    circular = draft(event, olga)
    press(desk, circular, "test")
    assert "stays on record" in said(press(desk, circular, "delete"))[0]


# After it was queued


def test_what_waits_can_be_cancelled(desk, event, olga, guests, settings, mailbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    Mail.objects.all().delete()
    circular = draft(event, olga)
    queue(circular, olga)
    worker = Worker()
    worker.deliver_next()
    worker.hang_up()
    assert "Cancel the 2 that wait" in page(desk, circular)
    assert said(press(desk, circular, "cancel")) == ["Cancelled for 2 people. What had left cannot be called back."]
    Worker().deliver_all()
    assert len(mailbox.messages) == 1
    assert Record.objects.first().deed == "cancelled"
    assert "Cancelled for 0 people" in said(press(desk, circular, "cancel"))[0]
    readers = [guest for guest in guests if "Before you come" in browser_of(guest).get(STATUS).content.decode()]
    assert [guest.email for guest in readers] == [mailbox.messages[0].recipients[0]]


@pytest.mark.parametrize("what", ["revoked", "to confirm", "shut out", "another address"])
def test_who_may_not_read_it_any_more_does_not_get_it(what, event, olga, guests, settings, mailbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    queue(draft(event, olga), olga)
    Mail.objects.exclude(purpose=Mail.CIRCULAR).delete()
    request = AccessRequest.objects.get(person=guests[0])
    match what:
        case "revoked":
            request.revoke(by=olga)
        case "to confirm":
            AccessRequest.objects.filter(pk=request.pk).update(to_confirm=True)
        case "shut out":
            User.objects.filter(pk=guests[0].pk).update(is_active=False)
        case "another address":
            guests[0].change_email("other@example.com")
    Worker().deliver_all()
    mailbox.wait_for(guests[1].email)
    assert mailbox.find(guests[0].email, "Before you come") == []
    assert queued().get(person=guests[0]).state == "expired"
    assert queued().get(person=guests[1]).state == "sent"


def test_the_mail_servers_words_stand_on_its_page(desk, event, olga, guests, settings, mailbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    mailbox.reply = lambda envelope: "550 5.2.2 full" if envelope.rcpt_tos == [guests[1].email] else "250 ok"
    Mail.objects.all().delete()
    circular = draft(event, olga)
    queue(circular, olga)
    Worker().deliver_all()
    shown = page(desk, circular)
    assert "550 5.2.2 full" in shown
    assert shown.count('class="mail-refused"') == 1


def test_its_page_takes_the_same_queries_for_few_as_for_many(desk, event, olga, guests):
    def queries(circular):
        with CaptureQueriesContext(connection) as found:
            page(desk, circular)
        return len(found)

    few, few_drafted = draft(event, olga), draft(event, olga)
    queue(few, olga)
    of_few = queries(few), queries(few_drafted)
    for number in range(5):
        approved(f"more{number}@example.com", event, by=olga)
    many, many_drafted = draft(event, olga), draft(event, olga)
    queue(many, olga)
    assert (queries(many), queries(many_drafted)) == of_few


def test_a_thousand_are_queued_well_within_a_request(desk, event, olga):
    made = User.objects.bulk_create([User(email=f"p{number}@corp.example", password="!") for number in range(1000)])
    EmailAddress.objects.bulk_create(
        EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in made
    )
    RulesAcceptance.objects.bulk_create(RulesAcceptance(person=one, version=rules.VERSION) for one in made)
    AccessRequest.objects.bulk_create(
        AccessRequest(person=one, event=event, state=State.APPROVED, **ANSWERS) for one in made
    )
    circular = draft(event, olga)
    looked_at = desk.get(f"{LIST}{circular.pk}/").context["looked_at"]
    begun = time.monotonic()
    answer = desk.post(f"{LIST}{circular.pk}/", {"deed": "queue", "looked_at": looked_at})
    assert answer.status_code == 302
    assert queued().count() == Copy.objects.count() == 1000
    assert time.monotonic() - begun < 10


# What must not be written


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": ""},
        {"text": ""},
        {"subject": "a\nBcc: eve@example.com"},
        {"subject": "a\u202eb"},
        {"text": "a\u2066b"},
        {"text": "Hello {name}"},
        {"text": "Hello {words}"},
        {"text": "{event"},
        {"subject": "{status_url}"},
        {"subject": "x" * 151},
        {"text": "x" * 5001},
        {"subject_es": "Hola"},
        {"text_es": "Hola"},
        {"text_es": "Hola {nombre}", "subject_es": "Hola"},
    ],
)
def test_bad_input_is_refused_beside_the_field_and_kept(bad, desk, event, olga):
    circular = draft(event, olga)
    seen = desk.get(f"{LIST}{circular.pk}/").context["form"]["seen"].value()
    form = {"seen": seen, "subject": "S", "text": "T"} | bad
    answer = press(desk, circular, "save", **form)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    circular.refresh_from_db()
    assert circular.text == TEXT
    for name, value in bad.items():
        assert answer.context["form"][name].value().replace("\r", "") == value


@pytest.mark.parametrize("looked_at", ["", "x", "0" * 64])
def test_an_odd_form_queues_nothing(looked_at, desk, event, olga, guests):
    circular = draft(event, olga)
    assert "Nothing was queued" in said(press(desk, circular, "queue", looked_at=looked_at))[0]
    assert "Nothing was done" in said(press(desk, circular, "no-such"))[0]
    empty = draft(event, olga, subject="", text="")
    assert "Write and save a text first" in said(press(desk, empty, "test"))[0]
    assert not queued().exists()


def test_the_database_queues_nothing_without_a_text(event, olga, guests):
    empty = draft(event, olga, subject="", text="")
    with pytest.raises(IntegrityError), transaction.atomic():
        queue(empty, olga)


def test_only_those_with_the_right_write(event, olga, guests):
    circular = draft(event, olga)
    moderator = browser_of(people.organiser("mo@techtrack.test", permissions=people.MODERATOR))
    for address in (LIST, f"{LIST}new/", f"{LIST}{circular.pk}/"):
        assert moderator.get(address).status_code == 403
    assert moderator.post(f"{LIST}{circular.pk}/", {"deed": "queue"}).status_code == 403
    assert "Write to" not in moderator.get(REQUESTS).content.decode()
    writer = browser_of(people.organiser("wu@techtrack.test", permissions=["write_to_people_accessrequest"]))
    assert "3 people get it" in page(writer, circular)
    assert writer.get(f"{LIST}99999/").status_code == 404
    assert not queued().exists()


# The person's own page


def test_their_own_page_says_the_same_as_the_mail(event, olga, guests, ada):
    people.ask(ada, event)
    circular = draft(event, olga, subject_es="Antes", text_es="La sala.\n\n- Uno\n- {event}")
    queue(circular, olga)
    shown = browser_of(guests[0]).get(STATUS).content.decode()
    assert '<h3 lang="en">Before you come: Tech Track 2022</h3>' in shown
    assert "The room is open at eight." in shown
    assert 'href="https://maps' not in shown
    spanish = browser_of(guests[0]).get("/es" + STATUS).content.decode()
    assert '<h3 lang="es">Antes</h3>' in spanish
    assert "<ul><li>Uno</li><li>Tech Track 2022</li></ul>" in spanish
    assert "Before you come" not in browser_of(ada).get(STATUS).content.decode()
    request = AccessRequest.objects.get(person=guests[0])
    request.revoke(by=olga)
    assert "Before you come" not in browser_of(guests[0]).get(STATUS).content.decode()


def test_the_mail_is_lost_and_the_page_still_tells(event, olga, guests):
    queue(draft(event, olga), olga)
    queued().update(state="refused", person=None, recipient="")
    assert "The room is open at eight." in browser_of(guests[0]).get(STATUS).content.decode()
