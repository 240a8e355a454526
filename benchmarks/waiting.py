"""Our site, and an address whose answer waits, as one does that needs a lock which another process holds."""

import os
import time

from cacc_techtrack.wsgi import application as site

WAITS_AT = os.environ["WAITS_AT"]
SECONDS = 0.5


def application(environ, start_response):
    if environ["PATH_INFO"] != WAITS_AT:
        return site(environ, start_response)
    time.sleep(SECONDS)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
