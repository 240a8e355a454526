"""The answer that is a file: as it was uploaded, or with the label and the reader's name on each page.

It is always whole (``Accept-Ranges: none``): what is stamped is another file each time. A file that ought to be stamped
and cannot be is not handed out at all.
"""

import logging
import threading

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

log = logging.getLogger("techtrack.materials")

AT_ONCE = 2**20  # bytes; a larger file is sent bit by bit as it is read
PATIENCE = 40  # seconds for those before us; a stamp takes one or two
KEPT_AT_MOST = 30 * 2**20  # bytes of what bears a label and no name, which is the same for everybody who may have it
# Opened in a browser all the same, it runs nothing, loads nothing and belongs to no site.
POLICY = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"

_one_at_a_time = threading.Lock()  # so that memory stays within bounds
_labelled = {}  # {(place in the storage, label): content}; looked up once the gate has answered


class CannotHandOut(Exception):
    """The log says why; nobody gets the file until that is mended."""


def answer(request, material):
    """For whoever may have it, by GET or HEAD."""
    try:
        content = _marked(request, material) if material.is_marked else _as_it_is(material)
    except CannotHandOut:
        raise
    except Exception as error:  # a storage's own kinds
        raise _withheld(material, "a material's file was not there", error) from error
    if isinstance(content, bytes):
        response, size = HttpResponse(content), len(content)
    elif request.method == "HEAD":
        content.close()
        response, size = HttpResponse(), material.size
    else:
        response, size = FileResponse(content), material.size
    charset = "; charset=utf-8" if material.content_type == "text/plain" else ""
    for header, value in {
        "Content-Type": f"{material.content_type}{charset}",
        "Content-Length": str(size),
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=material.name),
        "Content-Security-Policy": POLICY,
        "Accept-Ranges": "none",
    }.items():
        response.headers[header] = value
    return response


def _as_it_is(material):
    """Bytes of a small file, an open file of a large one."""
    file = default_storage.open(material.file.name)
    if material.size > AT_ONCE:
        return file
    with file:
        return file.read()


def _marked(request, material):
    event = material.session.track.event
    label, name = material.get_label_display(), request.name_for(event) if material.stamped else ""
    if material.stamped and not name:
        raise _withheld(material, "a material's reader has no name")
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise _withheld(material, "too many materials were to be stamped at once")
    try:
        return _with_name(material, label, name, event.zone) if name else _with_label(material, label)
    except Exception as error:  # whatever it is: without its stamp it goes to nobody
        raise _withheld(material, "a material was not stamped", error) from error
    finally:
        _one_at_a_time.release()


def _with_name(material, label, name, zone):
    from .stamping import stamp  # only now: its libraries take long to load, and few processes need them

    with default_storage.open(material.file.name) as file:
        return stamp(file.read(), label, name, timezone.now(), zone)


def _with_label(material, label):
    which = material.file.name, label
    if which not in _labelled:
        content = _with_name(material, label, "", None)
        if sum(map(len, _labelled.values())) + len(content) > KEPT_AT_MOST:
            _labelled.clear()
        _labelled[which] = content
    return _labelled[which]


def _withheld(material, why, error=None):
    log.error(why, extra={"material": material.pk, "error_kind": type(error).__name__ if error else ""})
    return CannotHandOut(why)
