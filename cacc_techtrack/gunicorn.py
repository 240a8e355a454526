"""gunicorn's configuration, for ``make run`` as for a real site.

Start it with ``python -m gunicorn -c python:cacc_techtrack.gunicorn``; HOST, PORT and WEB_CONCURRENCY come from the
environment, like every setting.
"""

import gc
import os
import sys
from contextlib import ExitStack

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from . import at_work, memory, signal_file, storage
from . import environment as env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")

wsgi_app = "cacc_techtrack.wsgi:application"
bind = f"[{settings.HOST}]:{settings.PORT}" if ":" in settings.HOST else f"{settings.HOST}:{settings.PORT}"

# Chosen by measuring, as are the kind of worker and its threads: benchmarks/gunicorn.md. Twice the cores and one keeps
# them busy while some wait for the disk; more than four only costs memory at the size of this event. Set
# WEB_CONCURRENCY to have it otherwise.
workers = env.whole_number("WEB_CONCURRENCY", min(2 * (os.cpu_count() or 1) + 1, 4), at_least=1)
worker_class = "gthread"
threads = 4
preload_app = True  # read once, then forked: ready sooner, and memory is shared

# Bytes; a worker begins with about a third of it. deploy/techtrack-web.service has room for four that are about to end.
MOST_OF_A_WORKER = 300 * 10**6

timeout = 60  # seconds without a sign of life until a worker is replaced
graceful_timeout = 8  # seconds for the requests at work when we are told to stop
keepalive = 5  # seconds; a proxy in front keeps its connections longer than it takes to click

# Our longest address is one to come back to after signing in; our longest header a cookie.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# A proxy is believed only on this machine, and only when settings say that there is one.
forwarded_allow_ips = "127.0.0.1,::1"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"} if settings.TRUSTED_PROXY_COUNT else {}
forwarder_headers = ""  # no header becomes SCRIPT_NAME or PATH_INFO
proxy_protocol = "off"

# Nothing is opened or written outside of DATA_DIR.
control_socket_disable = True
worker_tmp_dir = str(settings.DATA_DIR)
accesslog = None  # it would name who read which page; logs.py writes a line that does not
errorlog = "-"
logger_class = "cacc_techtrack.gunicorn_logs.LinesOfGunicorn"
loglevel = "warning"
proc_name = "techtrack"


_to_the_end = ExitStack()


def on_starting(server):
    """Once, before any worker: nobody is served by a site that is not safe, or could not keep what they write."""
    import django
    from django.core.management import CommandError

    from .checks import refuse_to_start_unsafely

    django.setup()
    try:
        storage.check()
        _to_the_end.enter_context(at_work.together())
        refuse_to_start_unsafely()
        signal_file.give()
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(f"Cannot start: {error}")


def pre_fork(server, worker):
    """A connection to the database that several workers inherit is one in which they read each other's answers."""
    from django.db import connections

    connections.close_all()
    gc.freeze()  # what is shared with the workers stays so: looking for garbage would write to it


def pre_request(worker, request):
    """A body in chunks is refused unread (``middleware.py``): gunicorn is to close then, not to read it after all, find
    a fault in it, and answer the same request a second time.
    """
    if any(name == "TRANSFER-ENCODING" for name, _ in request.headers):
        request.force_close()


def post_request(worker, request, environ, response):
    """A worker that has grown beyond its share begins no further request, ends what it has, and is replaced."""
    if worker.alive and memory.resident() > MOST_OF_A_WORKER:
        worker.log.warning("A worker of %d MB makes way for a new one", memory.resident() // 10**6)
        worker.alive = False  # as gunicorn does after max_requests
