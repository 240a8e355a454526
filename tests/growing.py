"""The site with a leak. ``LEAK`` says which: "fast": a POST to ``/grow/`` keeps 20 MB for good; "unwatched": so too,
and nobody looks at the worker's size; "slow": every request keeps 200 kB and an open file.
"""

import os

from cacc_techtrack import gunicorn
from cacc_techtrack.wsgi import application as site

LEAK = os.environ["LEAK"]
kept = []

if LEAK == "unwatched":
    gunicorn.MOST_OF_A_WORKER = 10**12


def application(environ, start_response):
    if LEAK == "slow":
        keep(200_000)
        kept.append(open(os.devnull))  # noqa: SIM115 -- it is never closed, that is the point
    elif environ["PATH_INFO"] == "/grow/":
        keep(20_000_000)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]
    return site(environ, start_response)


def keep(size):
    kept.append(b"x" * size)
