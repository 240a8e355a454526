"""Making a letter from a row of the outbox, at the moment it is delivered.

Letters hold no word that the person typed and no private title: only what was decided, the organiser's words,
and where to go.
"""

from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.dateformat import format as date_format
from django.utils.functional import lazy
from django.utils.translation import gettext

from cacc_techtrack.sealing import unseal

from .. import reminding, telling_organisers
from ..models import AccessRequest, Cause, Invitation, Mail, MailText, SecondFactorNews
from ..sign_in.codes import MAILS_AN_HOUR
from . import texts
from .purposes import purpose_of

FOLDER = "registration/mail/"
how_many_wait = lazy(lambda: str(telling_organisers.how_many()), str)  # counted by the one letter that says it


@dataclass(frozen=True)
class Parts:
    """What a letter says: one line, plain text, and the same as HTML."""

    subject: str
    text: str
    html: str


def letter(mail) -> EmailMultiAlternatives:
    """The message for one row: text and HTML, to one person."""
    if mail.decision:
        parts = _parts(mail, mail.decision.request.event, mail.decision.words)
    else:
        parts = _parts(mail, mail.circular.event if mail.circular else mail.event)
    message = EmailMultiAlternatives(
        subject=parts.subject,
        body=parts.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.recipient],
        headers={
            "Date": formatdate(),
            "Message-ID": message_id(mail),
            "Auto-Submitted": "auto-generated",  # RFC 3834
        },
    )
    # The one that people subscribe to; the page asks before it changes a thing. What organisers write to many is about
    # the request that each of them made, no list that one could leave.
    if mail.purpose == Mail.CHANGES:
        with translation.override(mail.language):
            address = settings.SITE_URL + reverse("registration:changes")
        message.extra_headers["List-Unsubscribe"] = f"<{address}>"  # RFC 2369, 3.2
    message.attach_alternative(parts.html, "text/html")
    if mail.purpose == Mail.REMINDER and mail.event.reminder_with_picture:
        message.attach("tech-track-pass.png", reminding.picture_for(mail), "image/png")
    return message


def preview(purpose, person, event, words="", language="") -> Parts:
    """What this person would be told now, made as ``letter`` makes it; nothing is queued.

    ``language`` is another than the one that the mail would be in.
    """
    language = language or Mail.language_for(purpose, person)
    return _parts(Mail(purpose=purpose, person=person, recipient=person.email, language=language), event, words)


def preview_of(circular, language) -> Parts:
    """What everybody who reads this language would get."""
    return _parts(Mail(purpose=Mail.CIRCULAR, circular=circular, language=language), circular.event)


def _parts(mail, event, words="") -> Parts:
    """In the organisers' text, if they wrote one for this language, else in the original."""
    purpose = purpose_of(mail)
    with translation.override(mail.language):
        facts = facts_of(mail, event, words)
        if purpose.own_text:
            return from_text(*mail.circular.in_language(mail.language), facts)
        edited = MailText.objects.filter(purpose=purpose.name, language=mail.language).first()
        if edited and not texts.faults(purpose, edited.subject, edited.text):  # its placeholders may have gone since
            return from_text(edited.subject, edited.text, facts)
        return _from_files(purpose, facts)


def facts_of(mail, event, words="", code=None) -> dict:
    """What the texts may say, in the language of the moment."""
    return {
        "code": code or code_in(mail),
        "event": event,
        "words": words,
        "news": mail.get_about_display(),
        "created_at": date_format(mail.created_at, gettext("j F Y, H:i")),
        "second_factor_url": settings.SITE_URL + reverse("mfa_index"),
        "site_url": settings.SITE_URL,
        "mails_an_hour": MAILS_AN_HOUR,
        "sessions_url": settings.SITE_URL + reverse("own_sessions"),
        "date": date_format(event.date, gettext("l, j F Y")) if event else "",
        "place": ", ".join(event.place) if event else "",
        "times": reminding.times_of(event) if mail.purpose == Mail.REMINDER else "",
        "calendar_url": settings.SITE_URL + reverse("registration:calendar"),
        "status_url": settings.SITE_URL + reverse("registration:status"),
        "changes_url": settings.SITE_URL + reverse("sessions:changes"),
        "hearing_url": settings.SITE_URL + reverse("registration:changes"),
        "pass_url": settings.SITE_URL + reverse("registration:pass"),
        "agenda_url": settings.SITE_URL + reverse("sessions:agenda"),
        "register_url": settings.SITE_URL + reverse("registration:register"),
        "expires_at": date_format(mail.invitation.expires_at, gettext("j F Y, H:i")) if mail.invitation else "",
        "was_entered": mail.purpose in {Mail.ENTERED, Mail.INVITATION},
        "at_door": bool(mail.decision) and mail.decision.request.origin == AccessRequest.Origin.AT_DOOR,
        "alarm": Cause(mail.purpose).label if mail.purpose in Cause else "",
        "health_url": settings.SITE_URL + reverse("admin:health"),
        "requests_waiting": how_many_wait(),
        "requests_url": settings.SITE_URL + reverse("admin:registration_accessrequest_changelist"),
        "hearing_of_requests_url": settings.SITE_URL + reverse("admin:registration_accessrequest_hearing"),
        "contact_email": settings.CONTACT_EMAIL,
    }


def example_facts(purpose, language, event) -> dict:
    """The same with invented values, for looking at a text of organisers."""
    mail = Mail(
        purpose=Cause.QUEUE if purpose.name == "alarm" else purpose.name,
        about=SecondFactorNews.APP_ADDED if purpose.name == Mail.SECOND_FACTOR else "",
        language=language,
        invitation=Invitation(expires_at=timezone.now()) if purpose.name == Mail.INVITATION else None,
    )
    words = "Here stand the organisers’ words." if "words" in purpose.placeholders else ""
    return facts_of(mail, event, words, code="BCDF-GHJK")


def from_text(subject, text, facts) -> Parts:
    """In a text with placeholders, that ``texts.faults`` found nothing wrong with, between the frame of every mail."""
    return Parts(
        subject=texts.subject_line(subject, facts),
        text=render_to_string(f"{FOLDER}edited.txt", facts | {"body": texts.plain(text, facts)}).strip() + "\n",
        html=render_to_string(f"{FOLDER}edited.html", facts | {"blocks": texts.blocks(text, facts)}),
    )


def _from_files(purpose, facts) -> Parts:
    return Parts(
        subject=" ".join(render_to_string(f"{FOLDER}{purpose.name}.subject.txt", facts).split()),
        text=render_to_string(f"{FOLDER}{purpose.name}.txt", facts).strip() + "\n",
        html=render_to_string(f"{FOLDER}{purpose.name}.html", facts),
    )


def original(purpose, language):
    """``(subject, text)`` of the template files, as an organiser would write them: the way back, and the way in."""
    names = {name: f"{{{name}}}" for name in purpose.placeholders}
    with translation.override(language):
        subject = render_to_string(f"{FOLDER}{purpose.name}.subject.txt", names)
        body = render_to_string(f"{FOLDER}{purpose.name}.txt", names | {"words": "", "bare": True})
    lines = [line.strip() for line in body.strip().split("\n")]
    return " ".join(subject.split()), "\n".join(lines) + ("\n\n{words}" if "words" in names else "")


def message_id(mail):
    """The same at every try, so that a mail server that was sent one twice can tell (RFC 5322, 3.6.4)."""
    unique = salted_hmac("techtrack.message-id", f"{mail.pk} {mail.created_at.isoformat()}", algorithm="sha256")
    return f"<{unique.hexdigest()[:32]}@{urlsplit(settings.SITE_URL).hostname}>"


def code_in(mail):
    """The sign-in code of a row that carries one, else None."""
    if mail.purpose != Mail.SIGN_IN_CODE or mail.sealed is None:
        return None
    return unseal("sign-in-code", mail.sealed).decode()
