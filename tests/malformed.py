"""Requests that no honest client sends, of every class that proxies and servers have disagreed about (RFC 9112, 11.2).

``REQUESTS`` is ``{name: bytes}``; each asks for a page, or posts a form with a valid token, and would get it but for
what is odd. Where a length is in doubt the body holds a request of its own, for ``SMUGGLED``: whoever answers that was
led astray.
"""

from .nginx import HOST
from .tls import TOKEN

SMUGGLED = "/smuggled/"
INNER = f"GET {SMUGGLED} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\n\r\n".encode()
FIELDS = b"Host: %s\r\nX-Forwarded-Proto: https\r\n" % HOST.encode()
FORM = (
    f"Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://{HOST}\r\n"
    f"X-CSRFToken: {TOKEN}\r\nCookie: __Host-csrftoken={TOKEN}\r\n"
).encode()
LAST = b"0\r\n\r\n"


def get(*fields, line=b"GET / HTTP/1.1", host=FIELDS):
    return line + b"\r\n" + host + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def post(*fields, body=b"", version=b"1.1"):
    return get(*fields, line=b"POST /account/login/ HTTP/" + version, host=FIELDS + FORM) + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked", body=body)


def named(kind, cases, make):
    """One request for each case, by the bytes that make it odd."""
    return {f"{kind}: {repr(case[:40])[1:70]}": make(case) for case in cases}


LINES = [
    *(b"GET", b"GET HTTP/1.1", b"GET\t/\tHTTP/1.1x", b"GET / HTTP/1.1 x", b"GET / HTTP/1.1/", b"GET\n/\nHTTP/1.1"),
    *(b"GET / FTP/1.1", b"GET / HTTP/111", b"GET / HTTP/1", b"GET / HTTP/1.", b"GET / HTTP/.1", b"GET / HTTP/1.1.1"),
    *(b"GET / HTTP/0.99", b"GET / HTTP/2.0", b"GET / HTTP/3", b"GET / HTTP/-1.1", b"GET / http/1.1"),
    *(b"GET / HTTP 1.1", b"GET / HTTP/" + b"1" * 90 + b".1", b"bla:rgh / HTTP/1.1", b"GET: / HTTP/1.1"),
    *(b"-bl / HTTP/1.1", b"get / HTTP/1.1", b"G(T / HTTP/1.1", b"GET\0 / HTTP/1.1", b"GET\0PROXY / HTTP/1.1"),
    *(b"G\xdfT / HTTP/1.1", b"GET\xff / HTTP/1.1", b" GET / HTTP/1.1", b"A" * 60 + b" / HTTP/1.1"),
    *(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0", b"PROXY TCP4 8.8.8.8 127.0.0.1 56324 443"),
    *(b"PROXY TCP4 not-an-ip 127.0.0.1 56324 443", b"PROXY UNKNOWN", b"GET index HTTP/1.1", b"GET * HTTP/1.1"),
    *(b"GET techtrack.test:443 HTTP/1.1", b"CONNECT techtrack.test:443 HTTP/1.1", b"GET s://]ufd/: HTTP/1.1"),
    *(b"GET /a b HTTP/1.1", b"GET /\0 HTTP/1.1", b"GET /%00 HTTP/1.1", b"GET /%zz HTTP/1.1"),
    *(b"GET /../../etc/passwd HTTP/1.1", b"GET /" + b"a" * 9_000 + b" HTTP/1.1", b"GET /\x7f HTTP/1.1"),
    b"GET /\x01 HTTP/1.1",
]
NAMES = [
    *(b"Spaced : a", b"Tabbed\t: a", b"Two words: a", b"no colon", b": no name", b"N\0L: a", b"X\x0b: a", b"X\x7f: a"),
]
NAMES_OF_NOTHING = [
    *(b'Q"t: a', b"(X): a", b"X\xdf: a", b"X\xff: a", b"Content-Length\xdf: 3", b"X[1]: a", b"X@Y: a", b"nocolon"),
]
VALUES = [
    *(b"X: a\0b", b"X: a\x07b", b"X: a\x7fb", b"X: a\rb", b"X: a\r\r\nY: b", b"X: one\r\n two", b"X: one\r\n\ttwo"),
    *(b"X:\r\n two", b"X: " + b"a" * 9_000, b"\r\n".join(b"X-%d: a" % number for number in range(200))),
    b"Newline: a\nContent-Length: %d" % len(INNER),
]
HOSTS = [
    *(b"", b"Host: %s\r\nHost: evil.example\r\n" % HOST.encode(), b"Host: evil.example\r\n", b"Host:\r\n"),
    *(b"Host: %s, evil.example\r\n" % HOST.encode(), b"Host: a b\r\n", b"Host: %s@evil.example\r\n" % HOST.encode()),
    *(b"Host: %s/path\r\n" % HOST.encode(), b"Host: [::1\r\n", b"Host: %s:port\r\n" % HOST.encode()),
    b"Host: a\\b\r\n",
]
LENGTHS = [
    *(b"-1", b"-0", b"+1", b"0 1", b"1 1", b"5, 5", b"5,6", b"0x5", b"5.0", b"5e0", b"0_5", b"five", b"\xd9\xa5"),
    *(b"5;a", b"5\x0b", b"9" * 25, b"18446744073709551621", b"1\r\nContent-Length: 2", b"0\r\nContent-Length: 46"),
    b"\0",
]
CODINGS = [
    *(b"identity", b"gzip", b"xchunked", b"chunkedx", b"chunked, identity", b"chunked, gzip", b"chunked, chunked"),
    *(b"'chunked'", b"chunked;q=1", b"chu nked", b"\x0bchunked", b"chunked\0", b"cow"),
    *(b"identity, chunked, identity, chunked", b"ch\xc5\xadnked", b"chunked\r\nTransfer-Encoding: identity"),
    *(b"identity\r\nTransfer-Encoding: gzip", b"\r\n chunked", b"gzip, chunked"),
]
SIZES = [
    *(b"-5", b"+5", b"0x5", b"5_0", b"g", b"", b" 5", b"\n5", b"5\n", b"f" * 20, b"5;ext=a\rb", b" ;ext", b"5 5"),
    *(b"\xb25", b"5\0"),
]
TRAILERS = [
    *(b"Content-Length: 99", b"Host: evil.example", b"Transfer-Encoding: chunked", b"no colon", b"N\0L: a", b"X : a"),
]

REQUESTS = (
    named("line", LINES, lambda line: get(line=line))
    | named("name", NAMES, get)
    | named("name of nothing", NAMES_OF_NOTHING, get)
    | named("first field", [b" Folded: a", b"\tFolded: a"], lambda field: get(host=field + b"\r\n" + FIELDS))
    | named("value", VALUES, lambda value: get(value) + (INNER if b"Newline" in value else b""))
    | named("host", HOSTS, lambda host: get(host=host + b"X-Forwarded-Proto: https\r\n"))
    | named("length", LENGTHS, lambda length: post(b"Content-Length: " + length, body=INNER))
    | named("coding", CODINGS, lambda coding: post(b"Transfer-Encoding: " + coding, body=LAST + INNER))
    | named("chunk", SIZES, lambda size: chunked(size + b"\r\nhello\r\n" + LAST))
    | named("trailer", TRAILERS, lambda trailer: chunked(b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n\r\n"))
    | {
        "length and chunks": post(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=LAST + INNER),
        "chunks and length": post(b"Transfer-Encoding: chunked", b"Content-Length: 3", body=LAST + INNER),
        "coding with a space before the colon": post(b"Transfer-Encoding : chunked", body=LAST + INNER),
        "length with a space before the colon": post(b"Content-Length : 5", body=b"hello" + INNER),
        "coding with an underscore": post(b"Transfer_Encoding: chunked", b"Content-Length: 5", body=LAST),
        "length with an underscore": post(b"Content_Length: 99", b"Content-Length: 5", body=b"hello"),
        "chunks in HTTP/1.0": post(b"Transfer-Encoding: chunked", version=b"1.0", body=LAST + INNER),
        "chunks in HTTP/0.9": b"GET /\r\n" + INNER,
        "a chunk longer than it says": chunked(b"3\r\nhello\r\n" + LAST + INNER),
        "a chunk shorter than it says": chunked(b"9\r\nhello\r\n" + LAST + INNER),
        "a chunk without its end": chunked(b"5\r\nhello" + LAST + INNER),
        "chunks that end by line feeds": chunked(b"5\nhello\n0\n\n"),
        "only line feeds": get().replace(b"\r\n", b"\n"),
        "only carriage returns": get().replace(b"\r\n", b"\r"),
        "lies about https": get(b"X-Forwarded-Proto: http"),
    }
)

# What is taken all the same, as one request, and why that is safe; everything else is refused.
DROPPED = "nginx does not pass such a field on"
LINE_END = "RFC 9112, 2.2: a line feed alone may be taken for the end of a line; nginx writes what it passes on anew"
UNWRAPPED = "nginx reads the chunks, leaves out what follows the last, and passes the body on with its length"
WRITTEN_ANEW = "nginx writes this field anew"
UNDERSCORE = "a name with an underscore is passed on by neither, and says nothing"
TAKEN = {
    "nginx": {
        **dict.fromkeys([name for name in REQUESTS if name.startswith("name of nothing: ")], DROPPED),
        **dict.fromkeys([name for name in REQUESTS if name.startswith("trailer: ")], UNWRAPPED),
        "chunk: '5 5'": UNWRAPPED,
        "value: 'X: a\\r\\r\\nY: b'": LINE_END,
        f"value: 'Newline: a\\nContent-Length: {len(INNER)}'": LINE_END,
        "chunks that end by line feeds": LINE_END,
        "only line feeds": LINE_END,
        "host: 'Host: techtrack.test:port\\r\\n'": WRITTEN_ANEW,
        "lies about https": WRITTEN_ANEW,
        "coding with an underscore": UNDERSCORE,
        "length with an underscore": UNDERSCORE,
    },
    "straight": {"coding with an underscore": UNDERSCORE, "length with an underscore": UNDERSCORE},
}
