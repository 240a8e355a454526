"""Bodies that are too much, each sent as fast as the other side takes it; how soon it answers, and what it says."""

import contextlib
import gzip
import ssl
import time

from .nginx import HOST
from .tls import TOKEN

LARGE = 10 * 2**20
PIECE = 2**16
ENDLESS = 60  # seconds after which even a body without end is given up

HEAD = (
    "POST /account/login/ HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nOrigin: https://{host}\r\n"
    "X-CSRFToken: {token}\r\nCookie: __Host-csrftoken={token}\r\nConnection: close\r\n{more}\r\n"
)
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
FILES = "Content-Type: multipart/form-data; boundary=edge\r\n"


def _whole(kind, body, more=""):
    return f"{kind}{more}Content-Length: {len(body)}\r\n", lambda: [body]


def _fields(count):
    return "&".join(f"field{number}=a" for number in range(count)).encode()


def _files(count):
    part = '--edge\r\nContent-Disposition: form-data; name="f{0}"; filename="f{0}.txt"\r\n\r\na\r\n'
    return ("".join(part.format(number) for number in range(count)) + "--edge--\r\n").encode()


def _chunks():
    piece = b"%x\r\n%s\r\n" % (PIECE, b"a" * PIECE)
    while True:
        yield piece


# What is sent: headers, and a function that gives the body in pieces.
BODIES = {
    "a form of 10 MB": _whole(FORM, b"why=" + b"a" * LARGE),
    "a file of 10 MB": _whole(FILES, _files(1).replace(b"\r\na\r\n", b"\r\n" + b"a" * LARGE + b"\r\n")),
    "2,000 fields": _whole(FORM, _fields(2_000)),
    "200 files": _whole(FILES, _files(200)),
    "10 MB in a gzip of 10 kB": _whole(FORM, gzip.compress(b"why=" + b"a" * LARGE), "Content-Encoding: gzip\r\n"),
    "chunks without end": (FORM + "Transfer-Encoding: chunked\r\n", _chunks),
}
LITTLE = _whole(FORM, b"email=ada%40example.com&next=%2Fregister%2F")  # the control


def send(connect, what):
    """``(status, seconds)`` of the answer; seconds count from the first byte sent to the last of the answer's head.

    ``connect`` gives a socket. Who does not read all still answers: what the socket says is heard between pieces.
    """
    headers, pieces = what
    with connect() as sock:
        begin, back = time.monotonic(), b""
        sock.settimeout(ENDLESS)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            sock.sendall(HEAD.format(host=HOST, token=TOKEN, more=headers).encode())
            for piece in pieces():
                sock.sendall(piece)
                if time.monotonic() - begin > ENDLESS or (back := _said(sock)):
                    break
        with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
            while b"\r\n\r\n" not in back and (more := sock.recv(PIECE)):
                back += more
        return int(back.split(maxsplit=2)[1]) if back else None, time.monotonic() - begin


def _said(sock):
    sock.settimeout(0)
    try:
        return sock.recv(PIECE)
    except (BlockingIOError, ssl.SSLWantReadError):
        return b""
    finally:
        sock.settimeout(ENDLESS)
