"""Invitations at the desk: a list is looked at line by line first; what became of each; again, and recalled."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from registration import address_list, inviting, mending, rules, tidying
from registration.address_list import MOST_LINES, Line, Unreadable
from registration.mail.letters import letter
from registration.mail.worker import Worker
from registration.models import Invitation, Mail, Record, StepRefused, User

from . import clock, people
from .people import browser_of, organiser, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/invitation/"
PAGE = f"{LIST}invite/"
JANE = "jane@example.com"


def invite(event, olga, *addresses, **more):
    how = {"by": olga, "language": "en", "days": 30} | more
    inviting.invite([Line(1, address) for address in addresses], event, **how)
    return Invitation.objects.get(address=addresses[0])


def look(desk, text="", file=None):
    form = {"addresses": text, "language": "es", "days": "10"}
    return desk.post(PAGE, form | ({"file": SimpleUploadedFile("list.csv", file)} if file is not None else {}))


def send(desk, page):
    return desk.post(PAGE, {"looked_at": page.context["looked_at"]}, follow=True)


class TestReadingAList:
    @pytest.mark.parametrize(
        "text",
        [
            "Jane@Example.com,Jane Doe,Example\n",
            "jane@example.com;Jane Doe;Example",
            "jane@example.com\tJane Doe\tExample\r\n",
            "Name,Email,Company\nJane Doe,jane@example.com,Example",
            "\ufeffcorreo;nombre;empresa\n\njane@example.com;Jane Doe;Example\n",
            '"jane@example.com", "Jane Doe", Example',
            "Jane Doe <jane@example.com>,,Example",
            "Jane Doe,jane@example.com,Example",
        ],
    )
    def test_the_columns_are_found(self, text):
        (line,) = address_list.read(text)
        assert (line.address, line.full_name, line.organisation, line.fault) == (JANE, "Jane Doe", "Example", "")

    def test_each_faulty_line_is_named_by_its_number(self):
        text = "a@x.example\n\nnonsense\nA@X.example\nb@x.example,Ev\u202eil\n" + "c@x.example," + "n" * 151
        lines = address_list.read(text)
        assert [line.number for line in lines] == [1, 3, 4, 5, 6]
        assert [line.fault[:24] for line in lines] == [
            "",
            "Enter an e-mail address ",
            "Stands on line 1 already",
            "This text holds a charac",
            "Ensure this value has at",
        ]

    @pytest.mark.parametrize("odd", ["<" + "(" * 3000, "<" * 3000, "x" * 3000 + " <jane@example.com>"])
    def test_what_is_no_address_by_its_length_is_a_fault_of_its_line(self, odd):
        assert [line.fault[:23] for line in address_list.read(f"a@x.example\n{odd}")] == ["", "Enter an e-mail address"]

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "No address was found"),
            (b"name,company\nJane,Example", "The first line is neither"),
            (b'"unclosed@x.example', None),
            (b"\x81\x8d\xff", "This is no text"),
            (b"a@x.example\n" * (MOST_LINES + 1), f"more than {MOST_LINES:,} lines"),
            (b"a" * 1_000_001, "larger than 1 MB"),
        ],
    )
    def test_a_list_that_cannot_be_read_says_why(self, content, told):
        if told is None:
            assert address_list.read(address_list.text_of(content)[0])
            return
        with pytest.raises(Unreadable, match=told):
            address_list.read(address_list.text_of(content)[0])

    def test_what_older_spreadsheets_write_is_read_with_a_word_on_it(self):
        for encoding, remarked in (("utf-8-sig", False), ("utf-16", False), ("cp1252", True)):
            text, remark = address_list.text_of("jose@x.example,José".encode(encoding))
            assert address_list.read(text)[0].full_name == "José"
            assert ("Windows-1252" in remark) == remarked


class TestTheDryRun:
    def test_nothing_is_sent_until_the_organiser_says_so(self, desk, event, olga):
        page = look(desk, f"{JANE},Jane Doe,Example\nnonsense\n")
        text = page.content.decode()
        assert "Line 2, <bdi>nonsense</bdi>: Enter an e-mail address" in text
        assert "Send 1 invitation<" in text
        assert (Invitation.objects.count(), Mail.objects.count(), Record.objects.count()) == (0, 0, 0)

        assert "1 invitation sent." in send(desk, page).content.decode()
        one = Invitation.objects.get()
        assert (one.address, one.full_name, one.organisation, one.language) == (JANE, "Jane Doe", "Example", "es")
        assert (one.invited_by, one.state, one.event) == (olga, "sent", event)
        assert timedelta(days=9) < one.expires_at - timezone.now() <= timedelta(days=10)
        mail = Mail.objects.get()
        assert (mail.purpose, mail.recipient, mail.language, mail.person) == ("invitation", JANE, "es", None)
        record = Record.objects.get()
        assert (record.deed, record.actor, record.figures) == ("invited", olga, {"invitations": 1})
        assert not User.objects.filter(email=JANE).exists(), "an invitation is to an address"

    def test_sending_twice_invites_nobody_twice(self, desk, event):
        page = look(desk, JANE)
        send(desk, page)
        assert "Is invited already" in send(desk, page).content.decode()
        assert (Invitation.objects.count(), Mail.objects.count(), Record.objects.count()) == (1, 1, 1)

    def test_who_is_known_already_is_told_apart(self, desk, event, olga):
        for name in ("pending", "waiting", "approved", "declined", "revoked", "withdrawn", "invited", "gone"):
            who = person(f"{name}@example.com")
            if name not in {"invited", "gone"}:
                one = people.ask(who, event)
                verbs = {"waiting": ["wait"], "declined": ["decline"], "revoked": ["approve", "revoke"]}
                for verb in verbs.get(name, ["approve"] if name == "approved" else []):
                    getattr(one, verb)(by=olga)
                if name == "withdrawn":
                    one.withdraw(by=who)
        invite(event, olga, "invited@example.com")
        User.objects.filter(email="gone@example.com").update(is_active=False)
        addresses = (
            User.objects.filter(email__endswith="@example.com").order_by("email").values_list("email", flat=True)
        )
        page = look(desk, "\n".join(addresses))
        faults = {line.address.partition("@")[0]: line.fault for line in page.context["faults"]}
        assert {name: fault[:22] for name, fault in faults.items()} == {
            "approved": "Has a request that is ",
            "declined": "A request of this addr",
            "revoked": "A request of this addr",
            "invited": "Is invited already. Se",
            "gone": "This person was shut o",
        }
        assert {line.address.partition("@")[0]: line.note for line in page.context["able"]} == {
            "pending": "Has a request (pending): accepting approves it.",
            "waiting": "Has a request (on the waiting list): accepting approves it.",
            "withdrawn": "",
        }

    def test_a_file_is_read_and_one_of_both_is_asked_for(self, desk, event):
        page = look(desk, file="jose@x.example,José".encode("cp1252"))
        assert "was read as Windows-1252" in page.content.decode()
        assert page.context["able"][0].full_name == "José"
        for form in ({}, {"text": JANE, "file": b"jane@example.com"}):
            assert "one of both" in look(desk, **form).content.decode()
        assert "larger than 1 MB" in look(desk, file=b"a" * 1_000_001).content.decode()

    def test_a_page_that_was_tampered_with_sends_nothing(self, desk, event):
        page = look(desk, JANE)
        for looked_at in ("", "nonsense", page.context["looked_at"][:-8] + "AAAAAAA="):
            answer = desk.post(PAGE, {"looked_at": looked_at}, follow=True)
            assert "Nothing was sent: the page was not complete." in answer.content.decode()
        other = browser_of(organiser("other@techtrack.test"))
        assert "Nothing was sent" in send(other, page).content.decode()
        assert not Invitation.objects.exists()

    def test_queries_do_not_grow_with_the_list(self, desk, event, olga, django_assert_max_num_queries):
        lines = [Line(number, f"p{number}@example.com") for number in range(1000)]
        with django_assert_max_num_queries(5):
            inviting.look_at(lines, event)


class TestAtTheDesk:
    def test_the_list_shows_and_filters_each_state(self, desk, event, olga):
        for name in ("sent", "proven", "accepted", "declined", "recalled", "expired"):
            invite(event, olga, f"{name}@example.com")
        at = {one.address.partition("@")[0]: one for one in Invitation.objects.all()}
        at["accepted"].accept(person("accepted@example.com"), rules_version=rules.VERSION, answers=people.ANSWERS)
        at["declined"].decline(person("declined@example.com"))
        at["recalled"].recall(by=olga)
        person("proven@example.com")
        Invitation.objects.filter(pk=at["expired"].pk).update(expires_at=timezone.now())
        for state in at:
            page = desk.get(f"{LIST}?state={state}")
            assert [one.address for one in page.context["cl"].result_list] == [f"{state}@example.com"]
        assert desk.get(LIST).content.decode().count("@example.com</a>") == 6
        assert "Accepted" in desk.get(f"{LIST}{at['accepted'].pk}/change/").content.decode()

    def test_it_is_sent_again_and_holds_anew_three_times_a_day_at_most(self, desk, event, olga, monkeypatch):
        one = invite(event, olga, JANE)
        clock.moved(monkeypatch, days=31)
        again, desk = f"{LIST}{one.pk}/again/", browser_of(olga)
        for _ in range(3):
            assert "Sent again." in desk.post(again, {"days": "5"}, follow=True).content.decode()
        assert "3 times within a day" in desk.post(again, {"days": "5"}, follow=True).content.decode()
        one.refresh_from_db()
        assert one.is_open
        assert (Mail.objects.count(), Record.objects.filter(deed="invited").count()) == (4, 4)
        assert "less than or equal to 365" in desk.post(again, {"days": "9999"}).content.decode()

    def test_recalled_it_is_not_sent_and_cannot_be_sent_again(self, desk, event, olga, mailbox):
        one = invite(event, olga, JANE)
        desk.post(f"{LIST}{one.pk}/recall/")
        assert (Mail.objects.get().state, Record.objects.filter(deed="recalled").count()) == ("expired", 1)
        Worker().deliver_all()
        assert mailbox.messages == []
        with pytest.raises(StepRefused):
            one.send_again(by=olga)
        with pytest.raises(StepRefused):
            one.recall(by=olga)

    def test_one_that_expired_before_the_worker_came_is_not_sent(self, event, olga, mailbox, monkeypatch):
        invite(event, olga, JANE)
        clock.moved(monkeypatch, days=31)
        Worker().deliver_all()
        assert (mailbox.messages, Mail.objects.get().state) == ([], "expired")

    def test_an_accepted_one_is_not_recalled(self, event, olga):
        one = invite(event, olga, JANE)
        one.accept(person(JANE), rules_version=rules.VERSION, answers=people.ANSWERS)
        with pytest.raises(StepRefused, match="revoke the request"):
            one.recall(by=olga)

    def test_of_somebody_who_was_declined_since_it_is_not_sent_again(self, event, olga):
        one = invite(event, olga, JANE)
        people.ask(person(JANE), event).decline(by=olga)
        with pytest.raises(StepRefused, match="It is recalled by now"):
            one.send_again(by=olga)

    def test_nor_is_somebody_invited_whose_other_request_was_declined(self, event, olga):
        """It was merged into that one: they could not accept."""
        closing, staying = (people.ask(person(address), event) for address in (JANE, "j.doe@example.com"))
        mending.merge(closing, staying, by=olga, version=1, staying_version=1)
        staying.decline(by=olga)
        [line] = inviting.look_at([Line(1, JANE)], event)
        assert line.fault.startswith("A request of this address was declined.")

    def test_who_may_not_invite_gets_a_403(self, event, olga):
        one = invite(event, olga, JANE)
        browser = browser_of(organiser("viewer@techtrack.test", permissions=people.VIEWER))
        for address in (LIST, PAGE, f"{LIST}{one.pk}/change/"):
            assert browser.get(address).status_code == 403
        for address in (PAGE, f"{LIST}{one.pk}/again/", f"{LIST}{one.pk}/recall/"):
            assert browser.post(address, {"days": "30"}).status_code == 403
        one.refresh_from_db()
        assert one.is_open


def test_the_mail_names_the_one_way_in_and_until_when(event, olga):
    one = invite(event, olga, JANE)
    text = letter(Mail.objects.get()).body
    assert "/register/\n" in text
    assert "holds for this address alone" in text
    assert f"{one.expires_at:%Y}" in text
    assert "organisers entered this address" in text


def test_an_invitation_that_ended_loses_its_address_some_time_after(event, olga, monkeypatch):
    kept = invite(event, olga, "kept@example.com", days=365)
    over = invite(event, olga, "over@example.com", days=5)
    recalled = invite(event, olga, "recalled@example.com")
    recalled.recall(by=olga)
    clock.moved(monkeypatch, days=29)
    assert tidying.everything()["addresses of invitations that ended"] == 0
    clock.moved(monkeypatch, days=36)
    assert tidying.everything()["addresses of invitations that ended"] == 2
    assert dict(Invitation.objects.values_list("pk", "address")) == {
        kept.pk: kept.address,
        over.pk: "",
        recalled.pk: "",
    }
    assert tidying.everything()["addresses of invitations that ended"] == 0
