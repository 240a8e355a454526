"""What search engines ask for. The same for everybody: it names what is public, whoever asks."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from ..audience import Audience
from ..models import Event, Organisation, Session, Speaker


@require_safe
@public_page
def sitemap(request):
    """https://www.sitemaps.org/protocol.html, without ``lastmod``, which would tell of more than public changes."""
    sessions = Session.objects.visible_to(Audience.PUBLIC)
    pages = [
        *Event.objects.announced(),
        *sessions.select_related("track__event").in_order_of_days(),
        *Organisation.objects.taking_part_in(sessions).order_by("slug", "name"),
        *Speaker.objects.taking_part_in(sessions).order_by("slug", "name"),
    ]
    paths = dict.fromkeys([reverse("sessions:agenda"), *(page.get_absolute_url() for page in pages)])
    context = {"addresses": [settings.SITE_URL + path for path in paths if path]}
    return render(request, "sessions/sitemap.xml", context, content_type="application/xml")


@require_safe
@public_page
def robots(request):
    """Everything may be asked for (RFC 9309): what is not for search engines says so itself, and is not named here."""
    lines = ["User-agent: *", "Allow: /", f"Sitemap: {settings.SITE_URL}{reverse('feeds:sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
