"""The one file: a manifest, the database's files and the uploads, as a compressed tar inside a sealed file."""

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.utils import timezone

from . import postgres, sealed_file, sqlite, uploads


def database():
    return sqlite if connection.vendor == "sqlite" else postgres


OWN = "backup-at-work-"
NOT_SEALED = (
    "This backup was not sealed with this site's SECRET_KEY. Either the site had another SECRET_KEY when it was made, "
    "or somebody else made it, who may have put anything into it. If you know where it comes from: --unsealed."
)


@contextmanager
def own_folder():
    """A folder for plain data on its way, beside the database and as well guarded, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=OWN, dir=database().folder()) as folder:
        yield Path(folder)


def sweep():
    """Take away what backups and restores left that were killed. Nobody else may be at work."""
    place = uploads.folder()
    for left in (*database().folder().glob(f"{OWN}*"), *place.parent.glob(f"{place.name}.{uploads.STAGED}-*")):
        shutil.rmtree(left, ignore_errors=True)


def write(path: Path, key):
    """Make the backup ``path``; returns its manifest. The file is there whole or not at all."""
    began = time.monotonic()
    part = path.with_name(path.name + ".part")
    with own_folder() as folder:
        names, sums, migrations = database().dump(folder)
        manifest = {"database": connection.vendor, "made_at": timezone.now().isoformat(), "tables": sums}
        manifest["migrations"] = migrations
        manifest["files"] = {name: _digest(folder / name) for name in names}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            sealed = sealed_file.Writer(file, key)
            with tarfile.open(fileobj=sealed, mode="w|gz") as tar:
                for name in ("manifest.json", *names):
                    tar.add(folder / name, name)
                if uploads.folder().is_dir():
                    tar.add(uploads.folder(), "files")
            sealed.close()
            file.flush()
            os.fsync(file.fileno())
    part.rename(path)
    return manifest | {"seconds": round(time.monotonic() - began, 1), "bytes": path.stat().st_size}


def unpack(path: Path, key, folder: Path, *, unsealed=False):
    """Take all of it out and check it; returns the manifest, which tells of its seal. Raises ``Unreadable``.

    One without our seal raises ``NotSealed``, unless it may be ``unsealed``. The seal stands for every byte of it,
    uploads included, and is looked at in the one pass in which they are read, so that nothing can be changed between.
    """
    with path.open("rb") as file:
        try:
            opened = sealed_file.Reader(file, key)
            with tarfile.open(fileobj=opened, mode="r|gz") as tar:
                for member in tar:
                    _take_out(tar, member, folder)
            while opened.read(2**16):  # to its end, or what was cut off there would not be noticed
                pass
            sealed = opened.bears_our_seal()
            if not sealed and not unsealed:
                raise sealed_file.NotSealed(NOT_SEALED)
            manifest = json.loads((folder / "manifest.json").read_text())
            whole = all(_digest(folder / name) == digest for name, digest in manifest["files"].items())
            whole = whole and {"database", "made_at", "tables", "migrations"} <= set(manifest)
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
            raise sealed_file.Unreadable(f"This backup is damaged: {type(error).__name__}.") from None
    if not whole:
        raise sealed_file.Unreadable("This backup is damaged: a file in it is not what was put away.")
    return manifest | {"sealed": sealed}


def _take_out(tar, member, folder):
    """Plain files and folders below ours alone: whoever has the public key can make a backup."""
    target = folder / member.name
    if member.name.startswith("/") or ".." in Path(member.name).parts or not (member.isfile() or member.isdir()):
        raise ValueError("a backup holds plain files")
    if member.isdir():
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(tar.extractfile(member), file)
        file.flush()
        os.fsync(file.fileno())


def _digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
