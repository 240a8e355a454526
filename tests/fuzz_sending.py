"""A made-up request as bytes, and what came of it."""

from urllib.parse import urlencode

from django.contrib.messages import WARNING

REFUSED = (b"errorlist", b"errornote", b"error_1_id", b"error-summary", b"invalid-feedback", b"messagelist_warning")


def many_files(count):
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n1\r\n'
    return part * count + b"--x--\r\n"


def encode(request):
    """``(body, content type)``."""
    if request.body is not None:
        return request.body, request.kind
    if request.method != "POST":
        return b"", ""
    if request.kind == "urlencoded":
        return urlencode(request.pairs, errors="surrogatepass").encode(), "application/x-www-form-urlencoded"
    parts = []
    for name, value in request.pairs:
        name = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        head = f'--fuzz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append((head + value + "\r\n").encode(errors="surrogatepass"))
    return b"".join(parts) + b"--fuzz--\r\n", "multipart/form-data; boundary=fuzz"


def judge(response):
    """Whether what was sent got past validation: "accepted" or "refused"; "broken" is what must never be."""
    if response.status_code >= 500:
        return "broken"
    if response.status_code >= 400:
        return "refused"
    if response.status_code in {301, 302}:
        told = getattr(response.wsgi_request, "_messages", None)
        away = response["Location"]
        odd_query = away.endswith("e=1") or "why=" in away
        if odd_query or any(message.level >= WARNING for message in getattr(told, "_queued_messages", [])):
            return "refused"
        return "accepted"
    if response.streaming:  # a file to keep: read to its end, which closes it
        body = b"".join(response)
        response.close()
    else:
        body = response.content
    return "refused" if any(mark in body for mark in REFUSED) else "accepted"
