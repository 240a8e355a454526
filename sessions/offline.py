"""What a device may keep for a place without network: the public programme, and the files that its pages need."""

import hashlib
import json

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext

from .audience import Audience
from .models import Event, Session

FILES = ["site.css", "programme.css", "now.js", "device.js", "icon.svg"]


def to_keep() -> dict:
    """What the service worker is told: addresses of one language, and a version that changes with them."""
    pages = [reverse("sessions:agenda")]
    if event := Event.objects.current():
        sessions = Session.objects.filter(track__event=event).visible_to(Audience.PUBLIC).in_order()
        pages += [session.get_absolute_url() for session in sessions.only("slug")]
    told = {
        "language": get_language(),
        "offline": reverse("sessions:offline"),
        "pages": pages,
        "files": [static(name) for name in FILES],
        # The worker puts the time in.
        "note": gettext("The network does not answer. This is the public page as it was on {time}."),
    }
    version = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    return {"name": f"public {told['language']}", "version": version, **told}
