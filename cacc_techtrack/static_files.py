"""Collecting static files only when they are others than before: compressing them is most of what a start takes."""

from importlib.metadata import version

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

MANIFEST = CompressedManifestStaticFilesStorage.manifest_name


class Storage(CompressedManifestStaticFilesStorage):
    """Keeps its list of all files beside the folder that is served, and not in it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, manifest_storage=FileSystemStorage(location=settings.DATA_DIR), **kwargs)


def collect_if_changed():
    kept = settings.DATA_DIR / "static.state"
    state = state_of_sources()
    if kept.exists() and kept.read_text() == state and (settings.DATA_DIR / MANIFEST).exists():
        return
    kept.unlink(missing_ok=True)  # stays away if what follows is interrupted
    (settings.STATIC_ROOT / MANIFEST).unlink(missing_ok=True)  # where versions before this one left it
    call_command("collectstatic", interactive=False, verbosity=0)
    kept.write_text(state)


def state_of_sources():
    """What the outcome depends on: each file's name, size and time, and who compresses them; not the folder they are
    in, which is another in each version of the site.
    """
    lines = [f"{package} {version(package)}" for package in ("Django", "whitenoise", "brotli")]
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            lines.append(f"{name} {storage.size(name)} {storage.get_modified_time(name).timestamp()}")
    return "\n".join(lines)
