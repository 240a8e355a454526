"""For a place without network."""

import json

from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from ..offline import to_keep


@require_safe
@public_page
def service_worker(request):
    """What to keep, and the script that keeps it: it stands at the root since it may only serve what is below it."""
    script = f"const kept = {json.dumps(to_keep())};\nimportScripts({json.dumps(static('keep-public.js'))});\n"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
@public_page
def offline(request):
    """Shown instead of a page that is not kept, when the network does not answer."""
    return render(request, "sessions/offline.html")
