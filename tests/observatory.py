"""Mozilla's HTTP Observatory, as far as one answer tells: its published tests and modifiers.

Source: the scoring document of mozilla/http-observatory (2024) and MDN's present scanner, which added
Cross-Origin-Resource-Policy. A site starts at 100; what is missing takes away; what is more than needed adds, where
at least 90 are left. 100 or more is A+.
"""

import re
from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

SIX_MONTHS = 15_552_000  # seconds
BROAD = {"*", "http:", "https:", "data:", "blob:", "ftp:", "'unsafe-inline'"}
PRIVATE_REFERRER = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
UNSAFE_REFERRER = {"unsafe-url", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin"}


def score(headers, body=b"", cookies=(), url="https://techtrack.test/"):
    """``(score, {test: modifier})``. ``headers`` is a mapping; ``cookies`` are Set-Cookie lines."""
    headers = {name.lower(): value for name, value in headers.items()}
    tests = {
        "content security policy": _policy(headers.get("content-security-policy")),
        "cookies": _cookies(cookies, "strict-transport-security" in headers),
        "cross-origin sharing": _sharing(headers),
        "referrer policy": _referrer(headers.get("referrer-policy")),
        "strict transport security": _transport(headers.get("strict-transport-security")),
        "subresource integrity": _scripts(body.decode(errors="replace"), url),
        "content type options": 0 if headers.get("x-content-type-options", "").lower() == "nosniff" else -5,
        "frame options": _frames(headers),
        "cross-origin resource policy": _resource(headers.get("cross-origin-resource-policy")),
    }
    without_bonus = 100 + sum(value for value in tests.values() if value < 0)
    bonus = sum(value for value in tests.values() if value > 0) if without_bonus >= 90 else 0
    return max(0, without_bonus + bonus), tests


def _directives(policy):
    parts = [part.split() for part in policy.lower().split(";") if part.strip()]
    return {name: set(sources) for name, *sources in parts}


def _policy(policy):
    if not policy:
        return -25
    directives = _directives(policy)
    default = directives.get("default-src", {"*"})
    scripts, objects = directives.get("script-src", default), directives.get("object-src", default)
    if scripts & BROAD or objects & (BROAD - {"'unsafe-inline'"}):
        return -20
    if any(source.startswith("http:") for sources in directives.values() for source in sources):
        return -20
    if "'unsafe-eval'" in scripts | directives.get("style-src", default):
        return -10
    if directives.get("style-src", default) & BROAD:
        return 0
    return 10 if default == {"'none'"} else 5


def _cookies(lines, hsts):
    worst = 5 if lines else 0
    for line in lines:
        (morsel,) = SimpleCookie(line).values()
        session = any(word in morsel.key.lower() for word in ("login", "sess"))
        csrf = "csrf" in morsel.key.lower()
        if not morsel["secure"]:
            worst = min(worst, (-10 if session else -5) if hsts else (-40 if session else -20))
        if session and not morsel["httponly"]:
            worst = min(worst, -30)
        if morsel["samesite"].lower() not in {"lax", "strict"}:
            worst = min(worst, -20 if csrf else 0)
    return worst


def _sharing(headers):
    if headers.get("access-control-allow-origin") and headers.get("access-control-allow-credentials") == "true":
        return -50
    return 0


def _referrer(value):
    said = [part.strip().lower() for part in (value or "").split(",")]
    if set(said) & UNSAFE_REFERRER:
        return -5
    return 5 if said[-1] in PRIVATE_REFERRER else 0


def _transport(value):
    age = re.search(r"max-age=(\d+)", value or "")
    if not age:
        return -20
    return 0 if int(age.group(1)) >= SIX_MONTHS else -10


def _scripts(body, url):
    """Scripts of our own origin need no hash; one of another origin without a hash, or without TLS, costs."""
    worst = 0
    for tag in re.findall(r"<script\b[^>]*\bsrc=[^>]*>", body, re.IGNORECASE):
        source = urlsplit(urljoin(url, re.search(r'\bsrc=["\']?([^"\'\s>]+)', tag, re.IGNORECASE).group(1)))
        if source.scheme != "https":
            worst = min(worst, -50)
        elif source.netloc != urlsplit(url).netloc and "integrity=" not in tag.lower():
            worst = min(worst, -5)
    return worst


def _frames(headers):
    ancestors = _directives(headers.get("content-security-policy", "")).get("frame-ancestors")
    if ancestors is not None and not ancestors & BROAD:
        return 5
    return 5 if headers.get("x-frame-options", "").upper() in {"DENY", "SAMEORIGIN"} else -20


def _resource(value):
    return {"same-origin": 10, "same-site": 10, "cross-origin": 0, None: 0}.get(value, -5)
