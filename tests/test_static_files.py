"""Static files are collected when they changed, and only then: it is most of what a start would take."""

import json

import pytest

from cacc_techtrack.static_files import collect_if_changed

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
    return json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())["paths"]


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


def interrupted(*args, **kwargs):
    raise KeyboardInterrupt
