"""Static files are collected when they changed, and only then: it is most of what a start would take."""

import json
from contextlib import closing

import pytest
from django.templatetags.static import static

from cacc_techtrack.static_files import MANIFEST, collect_if_changed

from .people import Browser

pytestmark = pytest.mark.fast


@pytest.fixture
def site(settings, tmp_path):
    """A site with one stylesheet; gives its folder of sources."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "site.css").write_text("body { margin: 0 }")
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [sources]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {**settings.STORAGES}  # have the storage made anew, for this STATIC_ROOT
    return sources


def collected(settings):
    """``{name: name with its hash}``."""
    return json.loads((settings.DATA_DIR / MANIFEST).read_text())["paths"]


def test_what_is_the_same_is_not_collected_again(site, settings):
    collect_if_changed()
    (settings.STATIC_ROOT / collected(settings)["site.css"]).unlink()

    collect_if_changed()

    assert not (settings.STATIC_ROOT / collected(settings)["site.css"]).exists()


def test_what_changed_is_collected(site, settings):
    collect_if_changed()
    before = collected(settings)

    (site / "site.css").write_text("body { margin: 1px }")
    (site / "site.js").write_text("'use strict'")
    collect_if_changed()

    after = collected(settings)
    assert after.keys() == {"site.css", "site.js"}
    assert after["site.css"] != before["site.css"]
    assert (settings.STATIC_ROOT / after["site.css"]).read_text() == "body { margin: 1px }"


def test_what_was_interrupted_is_collected_again(site, settings, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("cacc_techtrack.static_files.call_command", interrupted)
        with pytest.raises(KeyboardInterrupt):
            collect_if_changed()

    collect_if_changed()

    assert collected(settings).keys() == {"site.css"}


def test_nothing_is_served_but_what_pages_name(site, settings):
    """The list of all files, of admin's and allauth's too, is nobody's business."""
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / MANIFEST).write_text("{}")  # from an older version of the site
    collect_if_changed()
    assert served_besides_what_pages_name(settings) == set()
    assert (settings.DATA_DIR / MANIFEST).exists()


def test_a_manifest_among_what_is_served_is_found(site, settings):
    """The control: as whitenoise's own storage does."""
    settings.STORAGES |= {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    collect_if_changed()
    assert served_besides_what_pages_name(settings, settings.STATIC_ROOT) == {MANIFEST}


def served_besides_what_pages_name(settings, manifest_in=None):
    files = {str(path.relative_to(settings.STATIC_ROOT)) for path in settings.STATIC_ROOT.rglob("*") if path.is_file()}
    named = json.loads(((manifest_in or settings.DATA_DIR) / MANIFEST).read_text())["paths"].values()
    return {name for name in files if name.removesuffix(".gz").removesuffix(".br") not in named}


def test_the_manifest_is_not_served_where_the_files_are():
    assert status_of(f"/static/{MANIFEST}") == 404
    assert status_of(static("site.css")) == 200  # the control


def status_of(address):
    with closing(Browser().get(address)) as response:
        return response.status_code


def interrupted(*args, **kwargs):
    raise KeyboardInterrupt
