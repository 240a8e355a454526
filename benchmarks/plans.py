"""By which indexes pages read at 100,000 requests: ``python -m benchmarks.plans`` writes docs/query-plans.md.

On SQLite and on PostgreSQL the same pages are asked for, and each of their queries is explained by the database. Takes
some minutes; ``--requests 1000`` looks at fewer and writes nothing, since a database reads small tables whole, rightly.
"""

import argparse
import json
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.environment import BASE_DIR
from tests.postgres import Cluster

from .servers import Data

MANY = 100_000
WRITTEN = BASE_DIR / "docs" / "query-plans.md"
LIST = "/admin/registration/accessrequest/"
ONE = "{one}"  # the key of a request in the middle

# Who asks, for what, and why a page may read a large table whole; else none may.
PAGES = {
    "/": ("visitor", ""),
    "/my-agenda/": ("visitor", ""),
    "/register/status/": ("guest", ""),
    "/register/my-data/": ("guest", ""),
    "/admin/": ("organiser", "it counts all requests of the event, by state and by day"),
    LIST: ("organiser", ""),
    f"{LIST}?p=400": ("organiser", "turning to page 400 passes all rows before it"),
    f"{LIST}?state=all": ("organiser", "the pages are counted, and with them all requests"),
    f"{LIST}?state=approved": ("organiser", "the pages are counted, and with them a third of all requests"),
    f"{LIST}?state=waiting": ("organiser", ""),
    f"{LIST}?state=all&kind=ngo": ("organiser", "one kind is a fifth of all requests; they are counted"),
    f"{LIST}?state=all&domain=unknown": ("organiser", "what is known of a domain is worked out for each that occurs"),
    f"{LIST}?state=all&q=brandt": ("organiser", "looks for a part of a word, which no index of ours holds"),
    f"{LIST}{ONE}/change/": ("organiser", ""),
    f"{LIST}{ONE}/history/": ("organiser", ""),
    "/admin/registration/user/": ("organiser", "the pages are counted, and with them all people"),
    "/admin/registration/mail/": (
        "organiser",
        "all mails are counted and sorted; an index by time would be written with each mail",
    ),
    "/admin/registration/invitation/": ("organiser", ""),
    "/admin/registration/record/": ("organiser", "decisions, edits and deeds are merged by time, and counted"),
    "/admin/agenda/session/": ("organiser", ""),
}

LARGE = {
    "registration_accessrequest",
    "registration_user",
    "registration_decision",
    "registration_mail",
    "registration_edit",
    "registration_rulesacceptance",
    "account_emailaddress",
}
FEW_ROWS, ENDED_EARLY = " (an index of few rows)", " (in order, until there are enough)"
HEAD = """# By which indexes pages read

Written by `python -m benchmarks.plans` on {day}, at
{count:,} invented requests ({requests}). No measurement of speed: other work ran beside it. For each page: how
many queries it made, how long the database took for all and for the slowest, and how each query that meets a large
table reads it, as the database explains it. **Whole** marks what reads such a table from end to end, on SQLite also
by way of an index; where that is so, the reason stands below the page.
"""


def look(requests):
    """In a site: ``{page: [(ms, lines of the plan)]}``, printed."""
    from django.db import connection

    from registration.models import AccessRequest, User
    from registration.steps import State
    from tests import people

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does
    guest = AccessRequest.objects.filter(state=State.APPROVED).order_by("pk")[requests // 10]
    organiser = User.objects.filter(is_superuser=True).first() or people.organiser()
    browsers = {
        "visitor": people.Browser(),
        "guest": people.browser_of(guest.person),
        "organiser": people.browser_of(organiser),
    }
    one = AccessRequest.objects.order_by("pk")[requests // 2].pk
    found = {}
    for page, (who, _) in PAGES.items():
        browser, address = browsers[who], page.replace(ONE, str(one))
        status = browser.get(address).status_code
        if status >= 400:
            raise RuntimeError(f"{address} answered {status}")
        found[page] = explained(browser, address)
    print(json.dumps(found))


def explained(browser, address):
    """``[(ms, table accesses)]`` for each query of the page."""
    import time

    from django.db import connection

    queries = []

    def note(execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            queries.append(((time.perf_counter() - began) * 1000, sql, params))

    with connection.execute_wrapper(note):
        list(browser.get(address))
    return [(ms, plan_of(sql, params)) for ms, sql, params in queries if sql.startswith("SELECT")]


def plan_of(sql, params):
    """How the database reads each table of a query, a line each."""
    from django.apps import apps
    from django.db import connection

    partial = {index.name for model in apps.get_models() for index in model._meta.indexes if index.condition}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
            lines = [re.sub(r"^[\s>-]*", "", line) for (line,) in cursor.fetchall()]
            return [line for line in lines if " Scan" in line]
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        lines = [line for *_, line in cursor.fetchall()]
    tables = {alias: table for table, alias in re.findall(r'"(\w+)" ([TUVW]\d+)\b', sql)}
    is_ended_early = " LIMIT " in sql and not any("TEMP B-TREE" in line for line in lines)
    found = []
    for line in lines:
        named = re.sub(r"(?<= )[TUVW]\d+\b", lambda alias: tables.get(alias[0], alias[0]), line)
        if partial & set(line.split()):
            named += FEW_ROWS
        elif is_ended_early and " USING " in line and line.startswith("SCAN"):
            named += ENDED_EARLY
        found.append(named)
    return [line for line in found if line.startswith(("SCAN", "SEARCH"))]


def names_large(line):
    return any(table in line for table in LARGE)


def is_whole(line):
    """Whether it reads a large table from end to end, be it by way of an index."""
    whole = line.startswith(("SCAN", "Seq Scan", "Parallel Seq Scan"))
    return whole and names_large(line) and not line.endswith((FEW_ROWS, ENDED_EARLY))


def in_words(found, requests):
    databases = list(found)
    parts = [HEAD.format(day=f"{datetime.now(UTC):%d %B %Y}", count=requests, requests=" and ".join(databases))]
    for page, (who, reason) in PAGES.items():
        parts.append(f"\n## `{page.replace(ONE, '<pk>')}`, as {who}\n")
        for database in databases:
            queries = found[database][page]
            times = [ms for ms, _ in queries]
            said = (
                f"{database}: {len(queries)} queries, {sum(times):.0f} ms, the slowest {max(times, default=0):.0f} ms"
            )
            parts.append(f"{said}\n\n```\n" + "\n".join(lines_of(queries) or ["no large table"]) + "\n```\n")
        if reason:
            parts.append(f"Why whole, where it is: {reason}.\n")
    return "\n".join(parts)


def lines_of(queries):
    lines = [("Whole: " if is_whole(line) else "") + line for _, plan in queries for line in plan if names_large(line)]
    return [f"{line}  ×{lines.count(line)}" if lines.count(line) > 1 else line for line in dict.fromkeys(lines)]


def unexplained(found):
    """``[(database, page, line)]`` of what reads a large table whole without a reason."""
    return [
        (database, page, line)
        for database, pages in found.items()
        for page, queries in pages.items()
        for _, plan in queries
        for line in plan
        if is_whole(line) and not PAGES[page][1]
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=MANY)
    requests = parser.parse_args().requests
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else
        cluster = Cluster(Path(folder) / "postgres")
        try:
            for name, url in (("SQLite", ""), ("PostgreSQL", cluster.url)):
                data = Data(folder, database=url)
                data.manage("shell", "--verbosity=0", "-c", FILL.format(count=requests))
                found[name] = json.loads(
                    data.run(f"from benchmarks.plans import look; look({requests})").splitlines()[-1]
                )
        finally:
            cluster.stop()
    text = in_words(found, requests)
    print(text)
    if requests == MANY:
        WRITTEN.write_text(text)
    for line in unexplained(found):
        print("WHOLE, WITHOUT A REASON:", *line, file=sys.stderr)
    return bool(unexplained(found))


FILL = """
from registration import demo
from sessions.models import Event
demo.make(Event.objects.current(), {count})
"""

if __name__ == "__main__":
    sys.exit(main())
