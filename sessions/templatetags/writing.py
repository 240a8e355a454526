"""Links that open a mail to the organisers, ready to be filled in and sent."""

from urllib.parse import quote, urlencode

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.simple_tag
def mail_asking_for_access(event):
    """A ``mailto:`` address with subject and body (RFC 6068: UTF-8, percent-encoded, lines end with CRLF)."""
    lines = [
        gettext("I would like to attend the private morning."),
        "",
        gettext("Full name:"),
        gettext("Organisation:"),
        gettext("Job title:"),
        gettext("Why I wish to attend:"),
        gettext("Registered for CACC (yes or not yet):"),
        gettext("Coming to the reception (yes, no or maybe):"),
    ]
    said = {
        "subject": gettext("Access to the private sessions: {event}").format(event=event),
        "body": "\r\n".join(lines),
    }
    return f"mailto:{quote(event.contact_email, safe='@')}?{urlencode(said, quote_via=quote)}"
