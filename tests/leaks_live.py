"""The search for leaks over the wire: gunicorn behind the shipped nginx, under real settings, with a greedy shared
cache in front; and in what such a run leaves behind: logs, mails, static files, the database.
"""

import base64
import re
from contextlib import ExitStack
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from registration.models import AccessRequest, Mail

from . import access, crawling, environment, leaks, processes, world
from .live import MAIL_WORKER, Site
from .mailbox import Mailbox
from .nginx import REAL, GreedyCache, Nginx
from .people import FORM
from .tls import TOKEN, TlsBrowser

LAST = "visitor"  # asks after everybody else, so that a cache that kept too much would serve it
TELLING_NAMES = re.compile(r"\.(map|py|env|orig|bak)$|(^|/)\.git")
# A word of allauth's own file, and no file of ours: the map it names is not there.
OTHERS_FILES = ("mfa/js/webauthn-json.",)


def over_the_wire():
    """All of it, on a test database that is empty before and after."""
    report = leaks.Report("Over the wire: a greedy cache, nginx, gunicorn; real settings")
    mailbox = Mailbox(environment.mail_port)
    mailbox.start()
    try:
        search(report, mailbox)
    finally:
        mailbox.stop()
        call_command("flush", interactive=False, verbosity=0)
    return report


def search(report, mailbox, roles=None, methods=("get", "head", "post", *crawling.REFUSED)):
    made = world.World()
    clients = made.browsers
    with ExitStack() as stack:
        site = Site(REAL)
        stack.callback(site.stop)
        worker = processes.start(MAIL_WORKER, site.env, site.log)
        stack.callback(processes.stop, worker)
        nginx = Nginx(site.port)
        stack.callback(nginx.stop)
        cache = GreedyCache(nginx)
        stack.callback(cache.stop)
        made.browsers = {role: TlsBrowser(cache, client) for role, client in clients.items()}
        secrets = a_life(report, made, cache, mailbox)
        secrets |= {f"login session of {role}": secret for role, secret in cookies_of(clients).items()}

        order = [role for role in roles or made.roles if role != LAST] + [LAST]
        leaks.by_following(report, made, order)
        statuses(report, made, methods, order)
        kept(report, TlsBrowser(cache))
        without_the_gate(report, made, clients, stack)
        with_a_deaf_cache(report, made, clients, nginx, stack)
        for browser in made.browsers.values():
            browser.close()
        processes.stop(worker)
        nginx.stop()
        site.stop()
        left_behind(report, made, secrets, site.log.read_text() + nginx.said(), mailbox)


def cookies_of(clients):
    return {
        role: client.cookies[settings.SESSION_COOKIE_NAME].value
        for role, client in clients.items()
        if settings.SESSION_COOKIE_NAME in client.cookies
    }


def a_life(report, made, front, mailbox):
    """Somebody new signs in, asks, and is let in; returns the secrets that passed, by name."""
    who = "newcomer@life.example"
    browser = TlsBrowser(front)
    browser.post("/account/login/", {"email": who, "next": "/register/"})
    code = mailbox.code_for(who)
    landed = browser.post("/account/login/code/", {"code": code, "next": "/register/"})
    assert landed.status_code == 302, landed.text
    asked = browser.post("/register/", FORM)
    assert asked.status_code == 302, asked.text
    request = AccessRequest.objects.get(person__email=who)
    decide = f"{access.DECIDE}{request.pk}/decide/"
    decided = made.browsers["moderator"].post(decide, {"step": "approve", "version": request.version})
    assert decided.status_code == 302, decided.text
    mailbox.wait_for(who, "You have access")
    processes.wait_until(lambda: not Mail.objects.filter(state="queued").exists(), 60, "all mail has left")
    return {
        "code": code.replace("-", ""),
        "newcomer's login session": browser.cookies[settings.SESSION_COOKIE_NAME],
        "newcomer's form token": browser.cookies[settings.CSRF_COOKIE_NAME],
        "secret key": settings.SECRET_KEY,
        "newcomer's calendar address": own_calendar(report, made, front, browser),
        "newcomer's pass": own_pass(browser),
        **{f"calendar address of {role}": token for role, token in made.tokens.items()},
    }


def own_calendar(report, made, front, browser):
    """The newcomer makes an address of their own, and a program fetches the day with it; returns its token."""
    page = browser.post("/register/calendar/", {"make": "1"})
    token = re.search(r"/cal/([\w-]{43})/agenda\.ics", page.text).group(1)
    program = TlsBrowser(front)
    fetched = [program.get(f"/cal/{token}/agenda.ics") for _ in (1, 2)]
    content = crawling.everything_in(fetched[1]).replace(b"\r\n ", b"")
    report.add(
        "answers to a calendar program that the greedy cache kept", {a["X-Kept"] for a in fetched} & {"HIT"}, "0"
    )
    found = made.canaries.found_in(content, made.groups() - {world.PRIVATE})
    report.add("canaries in a guest's own calendar that they may not read", found, "0")
    found = made.canaries.found_in(content, {world.PRIVATE})
    report.add("control: kinds of canary in it that they may", found, "> 0")
    return token


def own_pass(browser):
    """The newcomer looks at their pass, and saves it; returns its token."""
    code = re.search(r"<code>([0-9A-Z-]{19})</code>", browser.get("/register/pass/").text).group(1)
    assert browser.get("/register/pass/picture.png").status_code == 200
    return code.replace("-", "")


def statuses(report, made, methods, roles):
    """Against the table. A post comes without a token, so that nothing changes: 403 for everyone."""
    requests, off, leaked = 0, set(), set()
    for method in methods:
        for line in access.TABLE:
            address = line.address(made)
            for role in roles:
                browser = made.browsers[role]
                before = dict(browser.cookies)
                answer = browser.request(method.upper(), address)
                browser.cookies = before
                requests += 1
                wanted = 403 if method == "post" else crawling.expected_status(line, role, method)
                if answer.status_code != wanted:
                    off.add((method, str(line), role, wanted, answer.status_code))
                leaked |= leaks.leaks_in(made, role, address, answer)
    report.add("roles", len(roles))
    report.add("methods", len(methods))
    report.add("requests", requests)
    report.add("statuses off the table", off, "0")
    report.add("canaries found where they must not be", leaked, "0")


def kept(report, visitor):
    """The cache does keep what it may: a file, and no page."""
    file = re.search(r'href="(/static/site\.[^"]+)"', visitor.get("/").text).group(1)
    pages = ("/", "/privacy/", "/register/", "/account/login/", "/no-such-page/")
    found = {path for path in pages for _ in (1, 2) if visitor.get(path)["X-Kept"] == "HIT"}
    visitor.get(file)
    report.add("pages that the greedy cache kept", found, "0")
    report.add("control: files that it kept", int(visitor.get(file)["X-Kept"] == "HIT"), "> 0")


def without_the_gate(report, made, clients, stack):
    site = Site(REAL, "tests.ungated:application")
    stack.callback(site.stop)
    nginx = Nginx(site.port)
    stack.callback(nginx.stop)
    visitor = TlsBrowser(nginx)
    addresses = ("/", made.secret.get_absolute_url())
    pages = {address: crawling.everything_in(visitor.get(address)) for address in addresses}
    found = crawling.canaries_in(made, pages, {world.PRIVATE})
    report.add("control: kinds of canary a visitor finds with the gate off", found, "> 0")


def with_a_deaf_cache(report, made, clients, nginx, stack):
    """A cache that ignores what we say of keeping does hand a guest's pages to strangers."""
    deaf = GreedyCache(nginx, deaf=True)
    stack.callback(deaf.stop)
    TlsBrowser(deaf, clients["guest"]).get("/")
    pages = {"/": crawling.everything_in(TlsBrowser(deaf).get("/"))}
    found = crawling.canaries_in(made, pages, {world.PRIVATE})
    report.add("control: kinds of canary that a deaf cache hands to a visitor", found, "> 0")


# What is left behind


def left_behind(report, made, secrets, logs, mailbox):
    words = {what: word for word, (_, what) in made.canaries.words.items()}
    canaries = {(group, what) for word, (group, what) in made.canaries.words.items() if word in logs.lower()}
    report.add("canaries in the logs", canaries, "0")
    report.add("codes, tokens, secrets in the logs", in_any_encoding(secrets, logs.encode()), "0")
    mails(report, made, mailbox.messages)
    files(report, list(words.values()))
    dumped = dump()
    report.add("codes, tokens, secrets in the database, in any encoding", in_any_encoding(secrets, dumped), "0")
    report.add(
        "control: canaries in the database", {word for word in made.canaries.words if word.encode() in dumped}, "> 0"
    )


def in_any_encoding(secrets, content):
    """Which secrets stand there: as they are, in other case, as hex, base64 or percent-encoded, turned round."""
    lowered = content.lower()
    return {name for name, secret in secrets.items() if any(form.lower() in lowered for form in encodings(secret))}


def encodings(secret):
    raw = secret.encode()
    forms = {raw, raw[::-1], raw.hex().encode(), quote(secret, safe="").encode()}
    if len(raw) == 8:
        forms.add(raw[:4] + b"-" + raw[4:])
    for shift in range(3):  # where in a longer text it begins decides how base64 writes it
        coded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        forms.add(coded[4 if shift else 0 : -2])
    return forms


def mails(report, made, received):
    """Each to one person, with nobody's words but their own and what was written to them."""
    off = set()
    for mail in received:
        person = mail.recipients[0]
        text = mail.raw.lower()
        named = {word for word in made.canaries.words if word.encode() in text and word not in person}
        words_to_them = {word for word in named if made.canaries.words[word][1] == "words"}
        if person == made.people["guest"].email:
            words_to_them |= named & made.canaries.of(world.LETTERS)  # to all who were in, of whom one is in still
        if len(mail.recipients) != 1 or mail.message["Cc"] or mail.message["Bcc"]:
            off.add((mail.subject, "goes to more than one"))
        if named - words_to_them:
            off.add((mail.subject, *[made.canaries.words[word][1] for word in named - words_to_them]))
        if not str(mail.message["Message-ID"]).endswith("@techtrack.test>"):
            off.add((mail.subject, "Message-ID", str(mail.message["Message-ID"])))
    report.add("mails that left", len(received), "> 0")
    report.add("  with a word or a recipient too many", off, "0")


def files(report, words):
    """L-12."""
    off, count = set(), 0
    for path in sorted(settings.STATIC_ROOT.resolve().rglob("*")):
        if not path.is_file():
            continue
        count += 1
        name = str(path.relative_to(settings.STATIC_ROOT.resolve()))
        content = path.read_bytes().lower()
        if TELLING_NAMES.search(name):
            off.add((name, "is no file for the public"))
        if b"sourcemappingurl" in content and not name.startswith(OTHERS_FILES):
            off.add((name, "names a source map"))
        if any(word.encode() in content for word in words) or TOKEN.encode() in content:
            off.add((name, "holds a canary"))
        if "/" not in name and re.search(rb"[\w.]+@[\w-]+\.[a-z]{2,}", content) and not name.endswith((".br", ".gz")):
            off.add((name, "holds an address"))
    report.add("static files", count, "> 0")
    report.add("  that tell what they must not", off, "0")


def dump():
    """Every value of every table, and on SQLite the file with what was deleted from it, as bytes."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- the database named it
            parts += [
                bytes(value) if isinstance(value, memoryview) else str(value).encode()
                for row in cursor
                for value in row
            ]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        parts += [path.read_bytes() for path in settings.DATA_DIR.iterdir() if str(path).startswith(name)]
    return b"\n".join(parts)
