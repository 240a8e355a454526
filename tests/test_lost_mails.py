"""A mail that is lost costs nothing: the person's own page always says the same as the newest one."""

import pytest
from django.conf import settings

from registration import steps
from registration.mail.letters import letter
from registration.models import Mail

from . import people
from .people import browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

WORDS = "Words <b>of</b> the organisers & more."
# By the purpose of the mail: how one comes there, and what mail and page both say, in each language.
TOLD = {
    "received": (
        [],
        {"en": ("Received: organisers will decide", "We have your request")},
    ),
    "approved": (
        ["approve"],
        {"en": ("Approved: the private morning is open to you", "was approved")},
    ),
    "waiting": (
        ["wait"],
        {"en": ("You are on the waiting list", "you are on the waiting list")},
    ),
    "declined": (
        ["decline"],
        {"en": ("Declined", "decided not to give access")},
    ),
    "revoked": (
        ["approve", "revoke"],
        {"en": ("Access withdrawn by the organisers", "ended your access")},
    ),
    "reopened": (
        ["decline", "reopen"],
        {"en": ("Received: organisers will decide", "will decide anew")},
    ),
    "withdrawn": (
        ["withdraw"],
        {"en": ("You withdrew your request", "You withdrew your request")},
    ),
}
SPANISH = {
    "received": ("Recibida", "Hemos recibido su solicitud"),
    "approved": ("Aprobada", "aprobad"),
    "waiting": ("lista de espera", "lista de espera"),
    "declined": ("Rechazada", "no dar"),
    "revoked": ("acceso", "acceso"),
    "reopened": ("Recibida", "de nuevo"),
    "withdrawn": ("Usted retiró su solicitud", "Usted retiró su solicitud"),
}


def test_every_step_that_tells_of_itself_is_here():
    assert {step.mail for step in steps.STEPS.values() if step.mail} == set(TOLD) == set(SPANISH)
    assert [code for code, _ in settings.LANGUAGES] == ["en", "es"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purpose", TOLD)
def test_the_page_says_what_the_newest_mail_says(purpose, language, event, olga, ada):
    request = people.ask(ada, event)
    ada.reads(language)
    Mail.objects.update(language=language)
    verbs, said = TOLD[purpose]
    for verb in verbs:
        by_the_person = verb == "withdraw"
        getattr(request, verb)(by=ada if by_the_person else olga, words="" if by_the_person else WORDS)
    newest = Mail.objects.filter(person=ada, decision=request.decisions.last()).get()
    assert newest.purpose == purpose
    sent = letter(newest)
    ada.refresh_from_db()  # a revocation ends every login session with the key in this row
    page = browser_of(ada).get(("/es" if language == "es" else "") + "/register/status/").content.decode()
    on_page, in_mail = SPANISH[purpose] if language == "es" else said["en"]
    assert on_page in page
    assert in_mail in sent.body
    assert f'class="state state-{request.state}"' in page
    words = newest.decision.words
    assert (WORDS in sent.body) == bool(words)
    if words:
        assert "Words &lt;b&gt;of&lt;/b&gt; the organisers &amp; more." in page
    if language == "en":
        headings = {part.split("</h2>")[0] for part in page.split("<h2>")[1:]}
        assert not headings & ({told[1]["en"][0] for told in TOLD.values()} - {on_page})


def test_an_approval_that_opens_nothing_is_not_said_to_open(event, olga, ada):
    """The mail before was true when it went out; the page tells how it is now."""
    request = people.ask(ada, event)
    request.approve(by=olga)
    type(request).objects.filter(pk=request.pk).update(to_confirm=True)
    page = browser_of(ada).get("/register/status/").content.decode()
    assert "Approved, to be confirmed" in page
    assert "is open to you" not in page
