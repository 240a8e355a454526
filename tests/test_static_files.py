"""Static files are collected when they changed, and only then: it is most of what a start would take.

Each is kept by browsers for good, under a name that changes with it, and sent as it was compressed beforehand; nobody's
cookie is looked at for it.
"""

import gzip
import json

import brotli
import pytest
from django.conf import settings as of_the_tests
from django.templatetags.static import static
from django.test import override_settings

from cacc_techtrack.static_files import MANIFEST, collect_if_changed

from .people import Browser
from .tls import TlsBrowser

FOR_GOOD = "max-age=315360000, public, immutable"
SOMEBODYS = "__Host-sessionid=abcdefghijklmnopqrstuvwxyz012345; __Host-csrftoken=0123456789abcdef0123456789abcdef"
UNPACKED = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
ENCODINGS = {"": None, "gzip": "gzip", "gzip, deflate, br, zstd": "br"}  # what is said: what comes
FILES = ("site.css", "device.js", "icon.svg", "admin/css/base.css")


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


@pytest.mark.fast
def test_what_is_the_same_is_not_collected_again(site, settings):
    collect_if_changed()
    (settings.STATIC_ROOT / collected(settings)["site.css"]).unlink()

    collect_if_changed()

    assert not (settings.STATIC_ROOT / collected(settings)["site.css"]).exists()


@pytest.mark.fast
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


@pytest.mark.fast
def test_what_was_interrupted_is_collected_again(site, settings, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("cacc_techtrack.static_files.call_command", interrupted)
        with pytest.raises(KeyboardInterrupt):
            collect_if_changed()

    collect_if_changed()

    assert collected(settings).keys() == {"site.css"}


@pytest.mark.fast
def test_nothing_is_served_but_what_pages_name(site, settings):
    """The list of all files, of admin's and allauth's too, is nobody's business."""
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / MANIFEST).write_text("{}")  # from an older version of the site
    collect_if_changed()
    assert served_besides_what_pages_name(settings) == set()
    assert (settings.DATA_DIR / MANIFEST).exists()


@pytest.mark.fast
def test_a_manifest_among_what_is_served_is_found(site, settings):
    """The control: as whitenoise's own storage does."""
    settings.STORAGES |= {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    collect_if_changed()
    assert served_besides_what_pages_name(settings, settings.STATIC_ROOT) == {MANIFEST}


def served_besides_what_pages_name(settings, manifest_in=None):
    files = {str(path.relative_to(settings.STATIC_ROOT)) for path in settings.STATIC_ROOT.rglob("*") if path.is_file()}
    named = json.loads(((manifest_in or settings.DATA_DIR) / MANIFEST).read_text())["paths"].values()
    return {name for name in files if name.removesuffix(".gz").removesuffix(".br") not in named}


@pytest.mark.fast
def test_the_manifest_is_not_served_where_the_files_are():
    assert status_of(f"/static/{MANIFEST}") == 404
    assert status_of(static("site.css")) == 200  # the control


def status_of(address):
    response = Browser().get(address)
    b"".join(response)  # which closes it, as the client does: to do so by hand asks for a database
    return response.status_code


def interrupted(*args, **kwargs):
    raise KeyboardInterrupt


def wrong_with_files(get):
    """``get(address, headers)`` asks for each file in each encoding, with and without somebody's cookies."""
    wrong = []
    for name in FILES:
        address = static(name)
        plain = (of_the_tests.STATIC_ROOT / address.removeprefix(of_the_tests.STATIC_URL)).read_bytes()
        for said, encoding in ENCODINGS.items():
            answers = [get(address, {"Accept-Encoding": said} | cookies) for cookies in ({}, {"Cookie": SOMEBODYS})]
            first, second = ({k: v for k, v in one.items() if k != "Date"} for one, _ in answers)
            due = {
                "Cache-Control": FOR_GOOD,
                "Vary": "Accept-Encoding",
                "Content-Encoding": encoding,
                "Set-Cookie": None,
            }
            found = {key: value for key in due if (value := first.get(key)) != due[key]}
            if found or first != second or answers[0][1] != answers[1][1]:
                wrong.append((name, said, found))
            if UNPACKED[encoding](answers[0][1]) != plain:
                wrong.append((name, said, "other bytes"))
    return wrong


@pytest.mark.fast
@override_settings(WHITENOISE_AUTOREFRESH=False)
def test_files_are_kept_for_good_sent_as_they_lie_there_and_read_no_cookie():
    def get(address, headers):
        answer = Browser().get(address, headers=headers)
        return dict(answer.items()) | cookies_of(answer), b"".join(answer.streaming_content)

    assert wrong_with_files(get) == []


def cookies_of(answer):
    return {"Set-Cookie": answer.cookies.output()} if answer.cookies else {}


@pytest.mark.live
def test_nginx_leaves_files_as_the_site_sends_them(behind_nginx):
    def get(address, headers):
        answer = TlsBrowser(behind_nginx).request("GET", address, headers=headers)
        return dict(answer.items()), answer.content

    assert wrong_with_files(get) == []


@pytest.mark.fast
@override_settings(WHITENOISE_AUTOREFRESH=False)
def test_a_page_is_nothing_of_that():
    """The control."""
    page = Browser().get("/offline/", headers={"Accept-Encoding": "br", "Cookie": SOMEBODYS})
    assert page["Cache-Control"] != FOR_GOOD
    assert "Cookie" in page["Vary"]


@pytest.mark.fast
def test_every_file_that_shrinks_lies_there_compressed_twice():
    packed = {".css", ".js", ".svg", ".json", ".txt", ".html"}
    files = [
        path for path in of_the_tests.STATIC_ROOT.rglob("*") if path.suffix in packed and path.stat().st_size > 500
    ]
    assert len(files) > 50
    without = [
        str(path.relative_to(of_the_tests.STATIC_ROOT))
        for path in files
        for ending in (".gz", ".br")
        if not path.with_name(path.name + ending).exists()
    ]
    assert without == []


@pytest.mark.fast
@override_settings(WHITENOISE_AUTOREFRESH=False)
def test_a_name_without_its_hash_is_not_there():
    """Else a browser would keep for a year what is another file after the next version."""
    assert status_of("/static/site.css") == 404
    assert status_of(static("site.css")) == 200  # the control
