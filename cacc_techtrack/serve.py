"""What ``make run`` does: bring the data up to date, then run the site and its mail worker until told to stop."""

import os
import shlex
import socket
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections
from django.urls import reverse

from . import at_work, logs, static_files, storage, together

PROGRAMME = "content/cacc-2022.toml"


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")
    logs.each_crash()
    try:
        check_port()
        django.setup()
        storage.check()
        print("Making ready …", flush=True)
        with at_work.together():
            make_ready()
    except (ImproperlyConfigured, CommandError) as error:
        return f"Cannot start: {error}"
    except KeyboardInterrupt:
        return 130
    connections.close_all()  # none is inherited
    jobs = {"The web server": ("techtrack-web", serve_web), "The mail worker": ("techtrack-mail", deliver_mail)}
    return together.run(jobs, announce)


def serve_web():
    logs.each_crash()
    from gunicorn.app.wsgiapp import WSGIApplication

    sys.argv = ["gunicorn", "-c", "python:cacc_techtrack.gunicorn"]
    WSGIApplication(prog="gunicorn").run()


def deliver_mail():
    sys.argv = ["manage.py", "deliver_mail"]
    logs.each_crash()
    try:
        call_command("deliver_mail")
    except CommandError as error:
        sys.exit(f"The mail worker cannot start: {error}")


def check_port():
    """Before anything is changed: somebody may be running already."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            settings.HOST, settings.PORT, type=socket.SOCK_STREAM
        ):
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
                probe.bind(address)
    except OSError as error:
        raise CommandError(
            f"port {settings.PORT} of {settings.HOST} is not to be had ({error.strerror}). "
            f"Stop what uses it, or choose another: make run PORT={settings.PORT + 1}"
        ) from None


def make_ready():
    from sessions.models import Event

    bring_up_to_date()
    if not Event.objects.exists():
        call_command("load_programme", settings.BASE_DIR / PROGRAMME)


def bring_up_to_date():
    """Also what ``manage.py make_ready`` does."""
    from .checks import refuse_to_start_unsafely

    refuse_to_start_unsafely()
    with at_work.one_machine_at_a_time():
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    static_files.collect_if_changed()


def announce():
    """Say what to do next, as soon as a browser would be answered."""
    try:
        socket.create_connection((settings.HOST, settings.PORT), timeout=1).close()
    except OSError:
        return False
    print(what_to_do(), flush=True)
    return True


def what_to_do():
    lines = ["", f"The Tech Track is at {settings.SITE_URL}/", ""]
    if settings.LOCAL:
        organiser = shlex.join(["make", "organiser", "EMAIL=you@company.com", *same_settings()])
        lines += [
            f"  Ask for access     {settings.SITE_URL}{reverse('registration:register')}",
            f"  Sign-in codes      {where_codes_are()}",
            f"  Decide on requests {settings.SITE_URL}{reverse('admin:index')} after, in another terminal:",
            f"                     {organiser}",
            "",
        ]
    return "\n".join([*lines, f"Everything is kept in {settings.DATA_DIR}. Ctrl-C stops the site.", ""])


def where_codes_are():
    if settings.EMAIL_BACKEND.endswith("FolderBackend"):
        return f"appear here, and with all mail in {settings.DATA_DIR / 'mail'}"
    return f"appear here, and leave with all mail through {settings.EMAIL_HOST}"


def same_settings():
    """What another terminal has to be told to reach the same data and print the same addresses."""
    return [f"{name}={os.environ[name]}" for name in ("DATA_DIR", "PORT", "SITE_URL") if os.environ.get(name)]


if __name__ == "__main__":
    sys.exit(main())
