"""Organisers write the texts of mails: with a preview, on record, and with a way back."""

import pytest

from registration.mail.letters import preview
from registration.mail.purposes import PURPOSES
from registration.models import MailText, Record, User

from . import people
from .payloads import PAYLOADS
from .people import browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/mailtext/"
PAGE = f"{LIST}declined/en/"
TEXT = "Sorry, not this time.\n\n{words}"


def seen(desk, page=PAGE):
    return desk.get(page).context["form"]["seen"].value() or ""


def send(desk, deed="save", page=PAGE, subject="About {event}", text=TEXT, **more):
    form = {"deed": deed, "subject": subject, "text": text, "seen": more.pop("seen", None)}
    form["seen"] = seen(desk, page) if form["seen"] is None else form["seen"]
    return desk.post(page, form | more)


def errors(answer):
    return [str(fault) for faults in answer.context["form"].errors.values() for fault in faults]


def test_every_mail_is_listed_in_every_language(desk, settings):
    page = desk.get(LIST).content.decode()
    for purpose in [purpose for purpose in PURPOSES.values() if not purpose.own_text]:
        for language, _ in purpose.languages(settings.LANGUAGES):
            assert f'href="{LIST}{purpose.name}/{language}/"' in page
            opened = desk.get(f"{LIST}{purpose.name}/{language}/")
            assert opened.status_code == 200
            assert opened.context["form"]["text"].value()
    assert f"{LIST}alarm/es/" not in page
    assert "changed</strong>" not in page


def test_the_editor_opens_on_the_original(desk):
    form = desk.get(PAGE).context["form"]
    assert form["subject"].value() == "Your request for {event}"
    assert form["text"].value().endswith("{status_url}\n\n{words}")


def test_looking_at_it_saves_nothing(desk, event):
    answer = send(desk, "preview")
    page = answer.content.decode()
    assert "As it arrives, with invented values" in page
    assert "About Tech Track 2022" in page
    assert "Here stand the organisers’ words." in page
    assert answer.context["form"]["text"].value() == TEXT
    assert not MailText.objects.exists()
    assert not Record.objects.exists()


def test_what_is_saved_goes_out_is_listed_and_on_record(desk, olga, event, ada):
    assert send(desk).status_code == 302
    assert preview("declined", ada, event).text.startswith("Sorry, not this time.\n")
    assert preview("declined", ada, event).subject == "About Tech Track 2022"
    assert preview("declined", ada, event, language="es").subject == "Su solicitud para Tech Track 2022"
    page = desk.get(LIST).content.decode()
    assert page.count("changed</strong>") == 1
    assert "Olga" in page
    record = Record.objects.get()
    assert (record.deed, record.actor, record.about) == ("edited-text", olga, "“Declined”, English")


def test_the_way_back(desk, event, ada):
    before = preview("declined", ada, event)
    send(desk)
    assert preview("declined", ada, event) != before
    assert "Back to the original" in desk.get(PAGE).content.decode()
    assert send(desk, "restore").status_code == 302
    assert preview("declined", ada, event) == before
    assert not MailText.objects.exists()
    assert Record.objects.first().about == "“Declined”, English: back to the original"
    send(desk, "restore")
    assert Record.objects.count() == 2


@pytest.mark.parametrize("deed", ["save", "preview"])
def test_a_text_that_does_not_render_is_refused_and_what_was_typed_is_kept(deed, desk):
    answer = send(desk, deed, text="Hello {name}, {status_url", subject="{words}")
    assert answer.status_code == 200
    assert any("{name} stands for nothing here" in fault for fault in errors(answer))
    assert any("A brace begins or ends no placeholder" in fault for fault in errors(answer))
    assert any("{words} must stand in this text" in fault for fault in errors(answer))
    assert any("{words} stands for nothing here" in fault for fault in errors(answer))
    assert "Hello {name}, {status_url" in answer.content.decode()
    assert "with invented values" not in answer.content.decode()
    assert not MailText.objects.exists()


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("", TEXT),
        ("About", ""),
        ("A\r\nBcc: eve@example.com", TEXT),
        ("A\u2028B", TEXT),
        ("A\u202eB", TEXT),
        ("x" * 151, TEXT),
        ("About", "x" * 5001 + TEXT),
        ("About", "a\x00b" + TEXT),
        ("About", "a\u2066b" + TEXT),
        ("About", "See https://evil.example\n\n{words}"),
    ],
)
def test_bad_input_is_refused_beside_the_field(subject, text, desk):
    answer = send(desk, subject=subject, text=text)
    assert answer.status_code == 200
    assert errors(answer)
    assert not MailText.objects.exists()


def test_payloads_are_text(desk, event, ada):
    for payload in PAYLOADS:
        payload = payload.replace("{", "").replace("}", "")
        answer = send(desk, "preview", text=f"{payload}\n\n{{words}}")
        assert answer.status_code == 200
        if not answer.context["form"].errors:
            for html in (answer.content.decode(), answer.context["shown"]["parts"].html):
                assert payload not in html or "<" not in payload
                assert "<script>alert" not in html


def test_a_page_that_has_grown_old_saves_nothing(desk):
    otto = browser_of(people.organiser("otto@techtrack.test", name="Otto"))
    first = seen(desk)
    send(otto, text="Otto's.\n\n{words}", seen=first)
    answer = send(desk, seen=first)
    assert "after you opened" in errors(answer)[0]
    assert MailText.objects.get().text == "Otto's.\n\n{words}"
    old = seen(desk)
    send(otto, text="Otto's second.\n\n{words}")
    assert "after you opened" in errors(send(desk, seen=old))[0]
    send(desk, "restore", seen=old)
    assert MailText.objects.get().text == "Otto's second.\n\n{words}"
    current = seen(desk)
    send(otto, "restore")
    assert "after you opened" in errors(send(desk, seen=current))[0]
    assert not MailText.objects.exists()


@pytest.mark.parametrize("address", ["no-such/en/", "declined/de/", "circular/en/", "alarm/es/", "declined/"])
def test_other_addresses_do_not_exist(address, desk):
    assert desk.get(LIST + address).status_code == 404


def test_an_odd_deed_does_nothing(desk):
    assert send(desk, "delete").status_code == 200
    assert not MailText.objects.exists()


def test_who_may_only_look_changes_nothing():
    reader = browser_of(people.organiser("rita@techtrack.test", permissions=["view_mailtext"]))
    page = reader.get(PAGE).content.decode()
    assert 'value="save"' not in page
    for deed in ("preview", "save", "restore"):
        assert send(reader, deed).status_code == 403
    moderator = browser_of(people.organiser("mo@techtrack.test", permissions=people.MODERATOR))
    assert moderator.get(LIST).status_code == 403
    assert moderator.get(PAGE).status_code == 403
    assert not MailText.objects.exists()
    assert User.objects.count() == 2
