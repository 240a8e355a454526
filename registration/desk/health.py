"""The health page in admin: what an administrator looks at when something seems wrong. Asks, changes nothing."""

import os
import shutil

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_safe

from .. import watching
from ..models import Alarm, Backup, Mail

DISK_SHOULD_HAVE = 2**30  # bytes free


def health_page(admin_site):
    @require_safe
    def health(request):
        if not request.user.is_superuser:
            raise PermissionDenied
        context = admin_site.each_context(request) | {
            "title": "Health",
            "groups": [
                ("Database", list(_database())),
                ("Mail", list(_mail())),
                ("Backup", list(_backup())),
                ("Machine", list(_machine())),
                ("What the proxy in front sends", list(_proxy(request))),
            ],
            "alarms": Alarm.objects.all(),
        }
        return TemplateResponse(request, "admin/health.html", context)

    return health


def _line(name, value, is_well=True):
    return {"name": name, "value": value, "is_well": is_well}


def _database():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            path = str(connection.settings_dict["NAME"])
            yield _line("Kind", "SQLite")
            yield _line("Size", _size(os.path.getsize(path)))
            log = f"{path}-wal"
            yield _line("Write-ahead log", _size(os.path.getsize(log)) if os.path.exists(log) else "none")
        else:
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, size = cursor.fetchone()
            yield _line("Kind", f"PostgreSQL {version.split()[0]}")
            yield _line("Size", _size(size))
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield _line("Migrations that wait", len(pending) or "none", not pending)


def _mail():
    oldest = watching.oldest_waiting()
    waits = oldest and timezone.now() - oldest
    yield _line(
        "Oldest that waits",
        f"{timesince(oldest)}" if oldest else "none waits",
        not (waits and waits > watching.MAIL_MAY_WAIT),
    )
    counts = dict(Mail.objects.order_by().values_list("state").annotate(Count("pk")))
    for state in Mail.State:
        is_well = state != Mail.State.REFUSED or not counts.get(state)
        yield _line(state.label.capitalize(), counts.get(state, 0), is_well)


def _backup():
    newest = Backup.objects.first()
    is_well = settings.LOCAL or timezone.now() - watching.last_backup() <= watching.BACKUP_MAY_BE
    if newest is None:
        yield _line("Last", "none was made", is_well)
        return
    yield _line("Last", f"{timesince(newest.made_at)} ago", is_well)
    yield _line("Size, time", f"{_size(newest.bytes)}, {newest.seconds} s")


def _machine():
    free = shutil.disk_usage(settings.DATA_DIR).free
    yield _line("Disk, free", _size(free), free >= DISK_SHOULD_HAVE)
    yield _line("Cache", *_cache())


def _cache():
    try:
        cache.get("health")
    except Exception as error:  # each kind of cache has its own
        return f"does not answer ({type(error).__name__})", False
    return "answers", True


def _proxy(request):
    """The administrator's own address, as the site sees it: what limits are counted by."""
    count = settings.TRUSTED_PROXY_COUNT or 0
    named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    yield _line("Proxies that are trusted", count)
    yield _line("Connected from", request.META.get("REMOTE_ADDR") or "a socket")
    yield _line("X-Forwarded-For, addresses in it", len(named), len(named) == count)
    yield _line("You, as limits see you", named[-count] if 0 < count <= len(named) else request.META["REMOTE_ADDR"])
    scheme = request.headers.get("X-Forwarded-Proto", "not sent")
    yield _line("X-Forwarded-Proto", scheme, scheme == "https" if count else scheme == "not sent")
    yield _line("Host", request.get_host())


def _size(count):
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
