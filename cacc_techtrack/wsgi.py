"""The WSGI callable that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")

application = get_wsgi_application()
if settings.KEEP_PAGES:
    from .kept import KeptPages  # only now are its models there

    application = KeptPages(application)
