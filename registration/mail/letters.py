"""Making a letter from a row of the outbox, at the moment it is delivered.

Letters hold no word that the person typed and no private title: only what was decided, the organiser's words,
and where to go.
"""

from email.utils import formatdate
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac

from cacc_techtrack.sealing import unseal

from ..models import Cause, Mail
from ..sign_in.codes import MAILS_AN_HOUR


def letter(mail) -> EmailMultiAlternatives:
    """The message for one row: text and HTML, to one person."""
    with translation.override(mail.language):
        context = {
            "mail": mail,
            "code": code_in(mail),
            "event": mail.decision.request.event if mail.decision else mail.event,
            "words": mail.decision.words if mail.decision else "",
            "news": mail.get_about_display(),
            "second_factor_url": settings.SITE_URL + reverse("mfa_index"),
            "site_url": settings.SITE_URL,
            "mails_an_hour": MAILS_AN_HOUR,
            "sessions_url": settings.SITE_URL + reverse("own_sessions"),
            "status_url": settings.SITE_URL + reverse("registration:status"),
            "changes_url": settings.SITE_URL + reverse("sessions:changes"),
            "hearing_url": settings.SITE_URL + reverse("registration:changes"),
            "agenda_url": settings.SITE_URL + reverse("sessions:agenda"),
            "alarm": Cause(mail.purpose).label if mail.purpose in Cause else "",
            "health_url": settings.SITE_URL + reverse("admin:health"),
            "contact_email": settings.CONTACT_EMAIL,
        }
        folder = "registration/mail/" + ("alarm" if mail.purpose in Cause else mail.purpose)
        subject = " ".join(render_to_string(f"{folder}.subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"{folder}.txt", context).strip() + "\n",
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[mail.recipient],
            headers={
                "Date": formatdate(),
                "Message-ID": message_id(mail),
                "Auto-Submitted": "auto-generated",  # RFC 3834
            },
        )
        if (
            mail.purpose == Mail.CHANGES
        ):  # the one that comes unasked each time; the page asks before it changes a thing
            message.extra_headers["List-Unsubscribe"] = f"<{context['hearing_url']}>"  # RFC 2369, 3.2
        message.attach_alternative(render_to_string(f"{folder}.html", context), "text/html")
    return message


def message_id(mail):
    """The same at every try, so that a mail server that was sent one twice can tell (RFC 5322, 3.6.4)."""
    unique = salted_hmac("techtrack.message-id", f"{mail.pk} {mail.created_at.isoformat()}", algorithm="sha256")
    return f"<{unique.hexdigest()[:32]}@{urlsplit(settings.SITE_URL).hostname}>"


def code_in(mail):
    """The sign-in code of a row that carries one, else None."""
    if mail.purpose != Mail.SIGN_IN_CODE or mail.sealed is None:
        return None
    return unseal("sign-in-code", mail.sealed).decode()
