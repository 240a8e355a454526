"""The uploads' part: a folder that is put in the place of another, and put back when what follows fails."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils import timezone

STAGED, BEFORE = "restoring", "before"


def folder():
    """What is kept elsewhere (``MATERIALS_STORAGE``) is in no backup: there is no folder of it."""
    if settings.MATERIALS_STORAGE:
        return settings.DATA_DIR / "files"
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"])


def has_files():
    return folder().is_dir() and any(folder().iterdir())


@contextmanager
def beside(found: Path):
    """Gives a function that puts ``found`` in place, to be called last. What was there is set aside, not deleted."""
    place, moves = folder(), []
    stamp = f"{timezone.now():%Y%m%d-%H%M%S}"
    staged, before = (place.with_name(f"{place.name}.{word}-{stamp}") for word in (STAGED, BEFORE))

    def move(source, target):
        if source.is_dir():
            os.rename(source, target)
            moves.append((source, target))

    def put_in_place():
        move(place, before)
        move(staged, place)

    try:
        if found.is_dir():
            shutil.move(found, staged)
        yield put_in_place
    except BaseException:
        for source, target in reversed(moves):
            os.rename(target, source)
        raise
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    if before.is_dir() and not any(before.iterdir()):
        before.rmdir()
