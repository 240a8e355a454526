"""The site with kept pages, in this process, and the same without: ``Kept()`` is asked as gunicorn asks."""

import io
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from cacc_techtrack import signal_file
from cacc_techtrack.kept import KeptPages


class Said(NamedTuple):
    status: str
    headers: list
    body: bytes

    @property
    def etag(self):
        return dict(self.headers)["ETag"]


class Kept:
    def __init__(self):
        self.django, self.asked = get_wsgi_application(), []  # the paths that Django was asked for
        self.pages = KeptPages(self.counted)
        signal_file.give()

    def counted(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        return self.django(environ, start_response)

    def ask(self, path, method="GET", *, of_django=False, **environ):
        said = []
        response = (self.django if of_django else self.pages)(
            as_gunicorn_gives_it(path, method, **environ),
            lambda status, headers, *_: said.extend((status, sorted(headers))),
        )
        body = b"".join(response)
        if hasattr(response, "close"):
            response.close()
        return Said(*said, body)

    def is_kept(self, path, method="GET", **environ):
        """Whether the answer came without Django, the third time at the latest."""
        for _ in (1, 2):
            self.ask(path, method, **environ)
        before = len(self.asked)
        self.ask(path, method, **environ)
        return len(self.asked) == before


def as_gunicorn_gives_it(path, method="GET", **more):
    """``more`` may say None of what is not there."""
    site = urlsplit(settings.SITE_URL)
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_HOST": site.netloc,
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    } | more
    return {name: value for name, value in environ.items() if value is not None}
