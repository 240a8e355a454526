"""Requests made up by Hypothesis from the site's own pages: what each form holds is read from the page as served.

``Plan`` visits every address of ``access.py`` as every role and reads its forms and links; ``requests()`` is the
strategy, ``send()`` sends one through the whole stack and says whether it was accepted, refused or broke.
"""

from collections import Counter
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from traceback import format_exception
from urllib.parse import quote, urlencode, urljoin, urlsplit

from django.conf import settings
from hypothesis import strategies as st

from . import access, crawling, html_forms, steps
from .fuzz_sending import encode, judge, many_files
from .odd_values import ODD, mostly, odd, valid
from .people import Browser, browser_of

TOKEN = "fuzz" * 8  # the secret of the form token, as cookie and in the form: both are ours to choose
KEYS = [
    *("q", "p", "o", "e", "all", "state", "state__exact", "event__id__exact", "event", "kind__exact", "next", "term"),
    *("_changelist_filters", "_popup", "_to_field", "app_label", "model_name", "field_name", "again", "why", "_facets"),
    *(
        "person__email",
        "event__name__icontains",
        "decisions__reason__contains",
        "pk__in",
        "id__range",
        "a\x00",
        "é",
        "",
    ),
]
HEADERS = [
    *(
        "Accept",
        "Accept-Language",
        "Accept-Encoding",
        "If-None-Match",
        "If-Modified-Since",
        "Range",
        "Referer",
        "Origin",
    ),
    *("User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Requested-With", "Authorization"),
    *("Host", "Cookie", "Content-Type", "Sec-Fetch-Site", "X-CSRFToken", "Content-Encoding", "Transfer-Encoding"),
]
TYPES = [
    *("text/plain", "application/json", "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data"),
    *("multipart/form-data; boundary=", "multipart/form-data; boundary=x; charset=zzz", "application/xml", "", "\x00"),
]


@dataclass(repr=False)
class Target:
    """One form of one page, or with ``form`` None the page itself, as one role has it."""

    role: str
    address: str
    form: html_forms.HtmlForm | None = None
    fields: dict = field(default_factory=dict)  # name in HTML -> field of the Django form
    queries: list = field(default_factory=list)  # query strings that the page links to

    def __repr__(self):
        return f"{self.role} {self.address} {self.form.action if self.form else ''}"


@dataclass(frozen=True, repr=False)
class Request:
    role: str
    method: str
    address: str
    pairs: tuple = ()
    body: bytes | None = None
    kind: str = "urlencoded"
    headers: tuple = ()

    def __repr__(self):
        shown = [(name, value if len(value) < 80 else f"{value[:40]}… {len(value)}") for name, value in self.pairs]
        return f"{self.role}: {self.method} {self.address[:300]} {shown} {self.kind} {self.headers}"


class Plan:
    """``lines`` of the table are those whose pages are looked at, beside that of many decisions at once."""

    def __init__(self, made, lines=access.TABLE):
        self.made = made
        self.count = Counter()
        self.broken = {}  # the first request for each kind of error
        self.browsers = {"visitor": self._browser()}
        for role, user in made.people.items():
            factor = user.is_staff and role != "organiser without second factor"
            self.browsers[role] = self._browser(browser_of(user, second_factor=factor, enforce_csrf_checks=True))
        self.browsers["newcomer"] = self._newcomer()
        self._kept = {role: browser.cookies.output(header="", sep=";") for role, browser in self.browsers.items()}
        self.targets = list(self._visit(lines))

    @staticmethod
    def _browser(browser=None):
        browser = browser or Browser(enforce_csrf_checks=True)
        browser.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
        return browser

    def _newcomer(self):
        """Somebody who was sent a code and has yet to type it."""
        browser = self._browser()
        form = {"email": "newcomer@example.com", "csrfmiddlewaretoken": TOKEN}
        browser.post(steps.LOGIN, form, headers={"Origin": settings.SITE_URL})
        self.code = steps.newest_code("newcomer@example.com")
        return browser

    def _visit(self, lines):
        """Each page once for each different set of forms that a role gets."""
        seen = set()
        for line in lines:
            address = line.address(self.made)
            roles = crawling.SOME if line.is_spanish else line.get  # the same forms in other words
            for role in (*roles, *(["newcomer"] if address == steps.CODE else [])):
                if line.get.get(role, 200) == 200 and (role in self.browsers):
                    yield from self._page(role, address, self.browsers[role].get(address), seen)
        yield from self._bulk_page(seen)

    def _bulk_page(self, seen):
        form = {"action": "approve_selected", "csrfmiddlewaretoken": TOKEN, "index": 0}
        chosen = {"_selected_action": [one.pk for one in self.made.requests.values()]}
        browser = self.browsers["moderator"]
        page = browser.post(access.DECIDE + "?state=all", form | chosen, headers={"Origin": settings.SITE_URL})
        yield from self._page("moderator", access.DECIDE + "decide/", page, seen)

    def _page(self, role, address, response, seen):
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            return
        forms, links = html_forms.read(response.content.decode())
        fields = {name: one for form in _django_forms(response.context) for name, one in _named(form)}
        queries = [link[1:] for link in links if link.startswith("?") and len(link) > 1]
        if (address, "page") not in seen or "/admin/" not in address:
            seen.add((address, "page"))
            yield Target(role, address, queries=queries)
        for form in forms:
            form.action = urljoin(address, form.action or address)
            key = (address, form.action, form.method, *sorted(form.controls), *sorted(form.buttons))
            if key not in seen and not any(value.startswith("javascript:") for value in [form.action]):
                seen.add(key)
                yield Target(role, address, form, fields, queries)

    def send(self, request):
        """The response, after which the browser is as it was before."""
        browser = self.browsers[request.role]
        browser.cookies = SimpleCookie()
        browser.cookies.load(self._kept[request.role].strip())
        body, kind = encode(request)
        headers = {"Origin": settings.SITE_URL} | dict(request.headers)
        kind = headers.pop("Content-Type", kind)
        response = browser.generic(request.method, request.address, body, kind, headers=headers)
        what = "form" if request.kind in {"urlencoded", "multipart"} and request.method == "POST" else "other"
        answer = judge(response)
        self.count["requests"] += 1
        self.count[f"{what}, {answer}"] += 1
        self.count[f"status {response.status_code}"] += 1
        if answer == "broken":
            error = format_exception(*response.exc_info) if getattr(response, "exc_info", None) else [""]
            self.broken.setdefault(error[-1][:60], f"{response.status_code} for {request!r}\n{''.join(error[-8:])}")
        return response

    def requests(self):
        forms = [target for target in self.targets if target.form and target.form.method == "post"]
        pages = [target for target in self.targets if not target.form or target.form.method == "get"]
        filled = st.sampled_from(forms).flatmap(self._filled)
        asked = st.sampled_from(pages).flatmap(_asked)
        wild = st.sampled_from(self.targets).flatmap(_wild)
        return st.integers(0, 9).flatmap(lambda drawn: filled if drawn < 6 else asked if drawn < 8 else wild)

    def filled(self, of):
        """Requests for the forms whose target is one that ``of`` takes."""
        chosen = [target for target in self.targets if target.form and target.form.method == "post" and of(target)]
        return st.sampled_from(chosen).flatmap(self._filled)

    def _filled(self, target):
        controls = list(target.form.controls.values())
        as_should = {one.name: _as_should_be(one, target) for one in controls}
        if target.role == "newcomer" and "code" in as_should:
            as_should["code"] = st.just(self.code)
        button = st.sampled_from(target.form.buttons) if target.form.buttons else st.none()
        usual = st.just(frozenset())
        names = [one.name for one in controls if one.name != "csrfmiddlewaretoken"] or ["nothing"]
        broken = mostly(usual, st.frozensets(st.sampled_from(names), min_size=1, max_size=4))

        @st.composite
        def build(draw):
            spoilt, pairs = draw(broken), [("csrfmiddlewaretoken", TOKEN)]
            for name, strategy in as_should.items():
                if name == "csrfmiddlewaretoken":
                    continue
                values = draw(st.lists(odd(), max_size=2)) if name in spoilt else draw(strategy)
                values = values if isinstance(values, list) else [values]
                pairs += [(name, value) for value in values if value is not None]
            if pressed := draw(button):
                pairs.append(pressed if not spoilt else (pressed[0], draw(mostly(st.just(pressed[1]), odd()))))
            if spoilt and draw(st.booleans()):
                pairs.append((draw(odd()).replace("\x00", "") or "x", draw(odd())))
            query = draw(mostly(st.just(""), _queries(target))) if spoilt else ""
            address = target.form.action + ("?" + query if query else "")
            kind = draw(st.sampled_from(["urlencoded", "urlencoded", "multipart"]))
            return Request(target.role, "POST", address, tuple(pairs), kind=kind)

        return build()


TAKEN = {"time_zone": ["America/Chicago", "Europe/London", "Asia/Kolkata"]}  # where a field does not tell


def _as_should_be(control, target):
    """What a browser sends untouched, or another value that the field takes."""
    if control.name in TAKEN:
        return st.sampled_from(TAKEN[control.name])
    untouched = st.just(list(control.values)) if control.values else st.just([])
    found = target.fields.get(control.name) or target.fields.get(control.name.removesuffix("_0").removesuffix("_1"))
    if control.kind == "hidden" or (found is None and not control.choices):
        return untouched
    if control.choices:
        several = control.several or control.kind == "checkbox"
        some = [value for value in control.choices if value] or [""]
        if several:
            return st.lists(
                st.sampled_from(some),
                min_size=int(control.required or control.name == "_selected_action"),
                max_size=5,
                unique=True,
            )
        return st.sampled_from(some if control.required or control.kind == "radio" else [*some, *control.values])
    empty = not any(control.values)
    return valid(found) if empty and found.required else st.one_of(untouched, valid(found))


def _queries(target):
    linked = st.sampled_from(target.queries) if target.queries else st.just("q=a")
    pair = st.tuples(st.sampled_from(KEYS), odd())
    made = st.lists(pair, min_size=1, max_size=3).map(lambda pairs: urlencode(pairs, errors="surrogatepass"))
    return st.one_of(linked, made, st.tuples(linked, made).map("&".join))


def _asked(target):
    if target.form:
        value = mostly(st.sampled_from(["a", "example", "ada lovelace"]), odd())
        names = sorted(target.form.controls) or ["q"]
        query = st.tuples(*[value for _ in names]).map(
            lambda values: urlencode(list(zip(names, values, strict=True)), errors="surrogatepass")
        )
    else:
        query = mostly(st.just(""), _queries(target))
    address = target.form.action if target.form else target.address
    method = mostly(st.just("GET"), st.just("HEAD"))
    return st.tuples(method, query).map(
        lambda drawn: Request(target.role, drawn[0], address + ("?" + drawn[1] if drawn[1] else ""))
    )


def _wild(target):
    """Odd segments in the address, odd headers, odd bodies, other methods."""
    path = urlsplit(target.address).path
    segments = path.strip("/").split("/")
    segment = odd().map(lambda text: quote(text[:2_000].encode(errors="surrogatepass"), safe=""))
    addresses = st.tuples(st.integers(0, len(segments) - 1), segment).map(
        lambda drawn: "/" + "/".join([*segments[: drawn[0]], drawn[1], *segments[drawn[0] + 1 :]]) + "/"
    )
    text = odd().map(lambda value: value.encode(errors="replace").decode("latin-1").replace("\n", " ")[:9_000])
    headers = st.lists(st.tuples(st.sampled_from(HEADERS), text), max_size=3).map(tuple)
    bodies = st.one_of(
        st.binary(max_size=200),
        st.sampled_from([b"a&" * 3_000, b"a=1&" * 3_000, b"--x\r\n", b"%", b"=&=", b'{"a": "\\ud800"}', b"[" * 9_000]),
        st.sampled_from(ODD).map(lambda value: b"csrfmiddlewaretoken=" + value.encode(errors="surrogatepass")),
        st.integers(1, 300).map(many_files),
    )
    kinds = st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", *TYPES])
    return st.one_of(
        st.builds(Request, st.just(target.role), st.just("GET"), addresses),
        st.builds(Request, st.just(target.role), st.just("GET"), st.just(target.address), headers=headers),
        st.builds(
            Request,
            st.just(target.role),
            st.sampled_from(["POST", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X"]),
            st.one_of(st.just(target.address), addresses),
            body=bodies,
            kind=kinds,
            headers=mostly(st.just((("X-CSRFToken", TOKEN),)), headers),
        ),
    )


def _django_forms(contexts):
    """Every form that the templates of a page were given."""
    for context in contexts or []:
        for value in context.values() if isinstance(context, dict) else _flat(context):
            for one in _forms_in(value):
                if hasattr(one, "fields") and hasattr(one, "add_prefix"):
                    yield one


def _flat(context):
    for layer in getattr(context, "dicts", [context]):
        yield from layer.values()


def _forms_in(value):
    yield value
    yield getattr(value, "form", None)  # admin's wrapper
    for formset in getattr(value, "formset", None) or ():
        yield formset
    if isinstance(value, list):
        for one in value:
            formset = getattr(one, "formset", None)
            if formset is not None:
                yield formset.management_form
                yield from formset.forms


def _named(form):
    return [(form.add_prefix(name), one) for name, one in form.fields.items()]
