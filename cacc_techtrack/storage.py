"""What is looked at before the site starts: whether the database can be written, and by nobody else.

A site that starts on a file it may not write would show the programme, and lose every request.
"""

import os
import stat
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.utils import Error as DatabaseError


def check():
    """Raises ``ImproperlyConfigured`` naming what is wrong with SQLite's file, and how to set it right."""
    if connection.vendor != "sqlite":
        return
    path = Path(settings.DATABASES["default"]["NAME"])
    _owner_writes(path.parent, "folder")
    if not path.exists():
        return  # migrate makes it
    _owner_writes(path, "file")
    if path.stat().st_mode & stat.S_IWOTH:
        raise ImproperlyConfigured(f"others may write the database file {path}. Set it right: chmod 600 {path}")
    try:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
    except OperationalError as error:
        if "locked" not in str(error):  # a long writer, a backup: it will be over
            raise ImproperlyConfigured(f"the database file {path} cannot be written: {error}.") from None
    except DatabaseError as error:
        raise ImproperlyConfigured(f"the database file {path} cannot be used: {error}.") from None
    finally:
        connection.close()


def _owner_writes(path, what):
    """The owner's own bits, since root may write whatever they say, and the next start may not be root's."""
    if not path.stat().st_mode & stat.S_IWUSR or not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"the database {what} {path} cannot be written. Set it right: chmod u+rw {path}")
