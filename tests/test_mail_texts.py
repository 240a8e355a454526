"""The texts of mails: originals in files, others by organisers, and nothing in them that means more than it says."""

import pytest
from django.conf import settings
from django.utils import timezone, translation

from registration import steps
from registration.mail import texts
from registration.mail.letters import FOLDER, _from_files, example_facts, facts_of, from_text, letter, original, preview
from registration.mail.purposes import PLACEHOLDERS, PURPOSES, purpose_of
from registration.models import Cause, Mail, MailText

from . import people
from .environment import BASE_DIR

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

WITH_ORIGINALS = {name: purpose for name, purpose in PURPOSES.items() if not purpose.own_text}
EACH = [
    (purpose, language) for purpose in WITH_ORIGINALS.values() for language, _ in purpose.languages(settings.LANGUAGES)
]
IDS = [f"{purpose.name}-{language}" for purpose, language in EACH]
WORDS = "See you <there> & then.\nAt nine."


def facts(purpose, language, event, words=WORDS):
    with translation.override(language):
        return example_facts(purpose, language, event) | {"words": words}


def change(purpose, subject="About {event}", text="Hello.\n\n{words}", language="en"):
    return MailText.objects.create(purpose=purpose, language=language, subject=subject, text=text)


def faults(purpose, text, subject="Subject"):
    return [fault for _, fault in texts.faults(PURPOSES[purpose], subject, text)]


# The table


def test_every_mail_is_in_the_table():
    folder = BASE_DIR / "templates" / FOLDER
    assert {path.name.removesuffix(".subject.txt") for path in folder.glob("*.subject.txt")} == set(WITH_ORIGINALS)
    told = {step.mail for step in steps.STEPS.values() if step.mail}
    named = {value for name, value in vars(Mail).items() if name.isupper() and isinstance(value, str)}
    assert told | named <= set(PURPOSES)
    assert all(purpose_of(Mail(purpose=cause)).name == "alarm" for cause in Cause)
    assert {purpose.name for purpose in PURPOSES.values() if purpose.to_organisers} == {*Mail.FOR_ORGANISERS, "alarm"}


def test_every_placeholder_is_explained_and_used():
    assert {name for purpose in PURPOSES.values() for name in purpose.placeholders} == set(PLACEHOLDERS)
    for purpose in PURPOSES.values():
        assert set(purpose.needed) <= set(purpose.placeholders)


@pytest.mark.parametrize(("purpose", "language"), EACH, ids=IDS)
def test_every_original_can_be_edited_and_says_the_same_unchanged(purpose, language, event):
    subject, text = original(purpose, language)
    assert texts.faults(purpose, subject, text) == []
    for words in (WORDS, "") if "words" in purpose.placeholders else ("",):
        told = facts(purpose, language, event, words)
        with translation.override(language):
            files, edited = _from_files(purpose, told), from_text(subject, text, told)
        assert (edited.subject, edited.text) == (files.subject, files.text)
        assert edited.html.startswith(files.html.split("<p style")[0])
        assert files.html.split("<p style")[-1] == edited.html.split("<p style")[-1]  # the frame's last line
    for name in {*purpose.placeholders} - {"words"}:
        assert told[name], name


# A text of organisers


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_edited_text_goes_out_in_its_language_alone(language, event, olga, ada):
    change("approved", "Come in: {event}", "Welcome.\n\n{words}\n\nHere: {agenda_url}", language="es")
    request = people.ask(ada, event)
    ada.reads(language)
    request.approve(by=olga, words=WORDS)
    sent = letter(Mail.objects.first())
    assert (sent.subject == "Come in: Tech Track 2022") == (language == "es")
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert WORDS in sent.body
    if language == "es":
        added = "La organización añade:"
        assert sent.body.startswith(f"Welcome.\n\n{added}\n\n{WORDS}\n\nHere: https://techtrack.test/es/\n\n--\n")
        html = sent.alternatives[0].content
        assert '<html lang="es">' in html
        assert '<p>Here: <a href="https://techtrack.test/es/">https://techtrack.test/es/</a></p>' in html
        assert "See you &lt;there&gt; &amp; then.<br>At nine." in html


def test_without_words_nothing_stands_where_they_would(event, ada):
    change("declined")
    assert preview("declined", ada, event).text.startswith("Hello.\n\n--\n")
    assert "The organisers add" not in preview("declined", ada, event).html


def test_paragraphs_lines_and_lists(event, ada):
    change("declined", text="One\ntwo <b>\n\n- a\n- b {event}\n\n{words}")
    html = preview("declined", ada, event).html
    assert "<p>One<br>two &lt;b&gt;</p>" in html
    assert "<ul><li>a</li><li>b Tech Track 2022</li></ul>" in html


def test_values_are_put_in_once_and_mean_nothing(event, ada):
    event.name = "{code} {words} %s {{ event }} <i>"
    change("declined", text="For {event}\n\n{words}")
    seen = preview("declined", ada, event, words="{event} {status_url}")
    assert seen.text.startswith("For {code} {words} %s {{ event }} <i> 2022\n\n")
    assert "{event} {status_url}" in seen.text
    assert "<i>" not in seen.html


def test_no_line_break_gets_into_the_headers(event, ada):
    event.name = "Tech\r\nBcc: eve@example.com\r\n\r\nTrack"
    change("declined", subject="About\r\n{event}")
    assert preview("declined", ada, event).subject == "About Tech Bcc: eve@example.com Track 2022"


def test_a_code_stands_alone_and_big(ada):
    change("sign-in-code", "Code", "Type it:\n\n{code}\n\nBye.")
    told = facts(PURPOSES["sign-in-code"], "en", None)
    parts = from_text("Code", "Type it:\n\n{code}\n\nBye.", told)
    assert parts.text.startswith("Type it:\n\n    BCDF-GHJK\n\nBye.\n")
    assert "letter-spacing" in parts.html


def test_a_text_whose_placeholder_is_gone_gives_way_to_the_original(event, ada):
    change("declined", text="{of_an_older_version}\n\n{words}")
    with translation.override("en"):
        assert preview("declined", ada, event) == _from_files(
            PURPOSES["declined"], facts_of(Mail(purpose="declined", created_at=timezone.now()), event)
        )


def test_it_costs_one_query(event, ada, django_assert_num_queries):
    change("declined")
    with django_assert_num_queries(1):
        preview("declined", ada, event)


# What is refused


@pytest.mark.parametrize(
    ("purpose", "text", "why"),
    [
        ("declined", "No place for words", "{words} must stand in this text"),
        ("sign-in-code", "No code", "{code} must stand in this text"),
        ("changes", "Something changed: {changes_url}", "{hearing_url} must stand in this text"),
        ("declined", "Hello {name}\n\n{words}", "{name} stands for nothing here"),
        ("declined", "Hello {code}\n\n{words}", "{code} stands for nothing here"),
        ("declined", "Hello {event.date}\n\n{words}", "A brace begins or ends no placeholder"),
        ("declined", "Hello {event!r}\n\n{words}", "A brace begins or ends no placeholder"),
        ("declined", "Hello {{ event }}\n\n{words}", "A brace begins or ends no placeholder"),
        ("declined", "Hello {% if x %}\n\n{words}", "A brace begins or ends no placeholder"),
        ("declined", "Hello {Event}\n\n{words}", "A brace begins or ends no placeholder"),
        ("declined", "Hello }\n\n{words}", "A brace begins or ends no placeholder"),
        ("declined", "They say {words}", "{words} stands on a line of its own"),
        ("declined", "- {words}", "{words} stands on a line of its own"),
        ("declined", "{words}\n\n{words}", "{words} stands there more than once"),
        ("declined", "Go to https://evil.example\n\n{words}", "Links lead to this site alone"),
        ("declined", "Go to HTTP://evil.example\n\n{words}", "Links lead to this site alone"),
        ("declined", "Go to www.evil.example\n\n{words}", "Links lead to this site alone"),
        ("declined", "Write to mailto:eve@evil.example\n\n{words}", "Links lead to this site alone"),
    ],
)
def test_what_a_text_must_not_hold(purpose, text, why):
    assert any(fault.startswith(why) for fault in faults(purpose, text)), faults(purpose, text)


@pytest.mark.parametrize("subject", ["{words}", "{status_url}", "{code}", "Code {", "See https://evil.example"])
def test_what_a_subject_must_not_hold(subject):
    assert faults("declined", "Hello.\n\n{words}", subject)


def test_a_dollar_and_a_percent_sign_are_letters(event, ada):
    change("declined", "50% of $event", "100 % $words %(event)s\n\n{words}")
    seen = preview("declined", ada, event)
    assert seen.subject == "50% of $event"
    assert seen.text.startswith("100 % $words %(event)s\n")
