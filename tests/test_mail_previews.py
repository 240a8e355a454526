"""What organisers see before they decide is what the person gets."""

import pytest

from registration import steps
from registration.mail.letters import letter, preview
from registration.models import Mail

from . import people

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

WORDS = "See you <there> & then.\nAt nine."
BEFORE = {
    "approve": [],
    "decline": [],
    "wait": [],
    "revoke": ["approve"],
    "reopen": ["decline"],
}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("verb", BEFORE)
def test_the_preview_is_the_mail_that_goes_out(verb, language, event, olga, ada):
    ada.reads(language)
    request = people.ask(ada, event)
    ada.reads(language)  # asking here was done in English
    for earlier in BEFORE[verb]:
        getattr(request, earlier)(by=olga)
    purpose = request.next_steps()[verb].mail
    seen = preview(purpose, request.person, event, WORDS)
    queued = Mail.objects.count()
    getattr(request, verb)(by=olga, words=WORDS)
    assert Mail.objects.count() == queued + 1
    sent = letter(Mail.objects.first())
    assert (seen.subject, seen.text) == (sent.subject, sent.body)
    assert seen.html == sent.alternatives[0].content
    assert "See you &lt;there&gt; &amp; then.<br>At nine." in seen.html
    assert WORDS in seen.text


def test_every_step_that_tells_of_itself_has_a_preview_in_every_language(event, ada, settings):
    told = {step.mail for step in steps.STEPS.values() if step.mail}
    assert told
    subjects = set()
    for purpose in told:
        for language, _ in settings.LANGUAGES:
            parts = preview(purpose, ada, event, language=language)
            assert str(event) in parts.subject
            assert "\n" not in parts.subject
            assert f'<html lang="{language}">' in parts.html
            subjects.add(parts.subject)
    assert len(subjects) == len(told) * len(settings.LANGUAGES)
    assert Mail.objects.count() == 0


def test_mails_to_organisers_are_previewed_in_english(event, olga):
    olga.reads("es")
    assert '<html lang="en">' in preview(Mail.SECOND_FACTOR, olga, None).html
