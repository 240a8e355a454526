"""The search for leaks, with its figures: ``python -m tests.leaks``, or ``make leaks``.

In this process first: every address from the URLconf, as every role, by every method; two worlds; the names of real
organisations. Then over the wire (``leaks_live.py``). Ends with status 1 when a figure is not what it must be.
"""

import argparse
import datetime as dt
import html
import io
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass, field

from . import environment, processes

WRITTEN = processes.BASE_DIR / "docs" / "leaks.md"
PROGRAMME = processes.BASE_DIR / "content" / "cacc-2022.toml"


@dataclass
class Report:
    """Figures as they come; each is a count, with what it must be: "0", "> 0", or nothing."""

    title: str
    lines: list = field(default_factory=list)
    off: list = field(default_factory=list)

    def add(self, name, found, must=""):
        """``found`` is a number, or a collection of what was found, which is told when it is not as it must be."""
        count = found if isinstance(found, int) else len(found)
        good = {"0": count == 0, "> 0": count > 0, "": True}[must]
        self.lines.append((name, count, must, "" if good else "OFF"))
        if not good:
            self.off.append(
                f"{name}: {count}" + ("" if isinstance(found, int) else f": {sorted(map(str, found))[:20]}")
            )

    def __str__(self):
        rows = [
            f"{name:<66}{count:>9,}  {f'must be {must}' if must else '':<14}{off}"
            for name, count, must, off in self.lines
        ]
        return "\n".join(
            [self.title, "-" * 92, *(row.rstrip() for row in rows), *(f"OFF: {line}" for line in self.off)]
        )


def by_the_table(report, made, methods, roles=None):
    """Each line, role and method: the status of the table, and no canary that this role may not read."""
    from . import access, crawling

    requests, off, leaked = 0, set(), set()
    for method in methods:
        for line, role, address, answer in crawling.answers(made, method, roles=roles):
            requests += 1
            if answer.status_code != (wanted := crawling.expected_status(line, role, method)):
                off.add((method, str(line), role, wanted, answer.status_code))
            leaked |= leaks_in(made, role, address, answer)
    report.add("addresses", len({line.route for line in access.TABLE}))
    report.add("  with their kinds of object", len(access.TABLE))
    report.add("roles", len(roles or made.roles))
    report.add("methods", len(methods))
    report.add("requests", requests)
    report.add("statuses off the table", off, "0")
    report.add("canaries found where they must not be", leaked, "0")


def leaks_in(made, role, address, answer):
    from . import crawling

    pages = {address: crawling.everything_in(answer)}
    return {(role, address, what) for what in crawling.canaries_in(made, pages, crawling.closed_to(made, role))}


def by_following(report, made, roles=None):
    """The same search over every session, request and query string there is, and what a guest's crawl misses."""
    from . import crawling, world

    leaked, guests = set(), b""
    for role in roles or made.roles:
        pages = crawling.crawl(made, role)
        found = crawling.canaries_in(made, pages, crawling.closed_to(made, role))
        leaked |= {(role, what) for what in found}
        guests = b"".join(pages.values()) if role == "guest" else guests
    report.add("canaries found by following every object and query", leaked, "0")
    report.add("canaries of the private programme", len(made.canaries.of(world.PRIVATE)), "> 0")
    missed = {word for word in made.canaries.of(world.PRIVATE) if word.encode() not in guests}
    report.add("  of these missed by the guest's crawl", missed, "0")


def with_the_gate_off(report, made):
    from . import crawling, world
    from .ungated import gate_off

    with gate_off():
        found = crawling.canaries_in(made, crawling.crawl(made, "visitor"), {world.PRIVATE})
    report.add("control: kinds of canary a visitor finds with the gate off", found, "> 0")


def two_worlds(report):
    from .two_worlds import as_seen, bytes_that_differ

    seen = as_seen([4, 0, 2])
    public = sum(
        bytes_that_differ(seen[4][role], seen[count][role]) for role in ("visitor", "applicant") for count in (0, 2)
    )
    report.add("two worlds: public bytes that differ", public, "0")
    report.add("control: guest's bytes that differ", bytes_that_differ(seen[4]["guest"], seen[0]["guest"]), "> 0")


def visible_text(content):
    """What people read of a page: no tags, no scripts, entities resolved."""
    text = re.sub(rb"<(script|style)\b.*?</\1>", b" ", content, flags=re.DOTALL)
    return html.unescape(re.sub(rb"<[^>]+>", b" ", text).decode(errors="replace"))


def organisations_in(content, names):
    """Which of these stand in the visible text, as whole words, with their capitals."""
    text = visible_text(content)
    return {name for name in names if re.search(rf"\b{re.escape(name)}\b", text)}


def real_organisations(report):
    """The announced programme: organisations that take part in the morning alone are named to nobody outside."""
    from django.core.management import call_command
    from django.db import transaction

    from sessions.models import Event, Organisation

    from . import people
    from .two_worlds import public_bytes

    with transaction.atomic():
        call_command("load_programme", str(PROGRAMME), stdout=io.StringIO())
        everyone = Organisation.objects.filter(participations__session__track__audience="industry").distinct()
        public = Organisation.objects.filter(participations__session__track__audience="public")
        names = set(everyone.exclude(pk__in=public).values_list("name", flat=True))
        guest = people.approved("guest@example.com", Event.objects.current(), by=people.organiser())
        applicant = people.person("applicant@example.com")
        people.ask(applicant, Event.objects.current(), organisation=f"{min(names)} Example")  # their own word
        found = set()
        for browser, own in ((people.Browser(), b""), (people.browser_of(applicant), f"{min(names)} Example".encode())):
            for address, content in public_bytes(browser).items():
                found |= {
                    (address, name) for name in organisations_in(content.replace(own, b"") if own else content, names)
                }
        seen = set().union(*(organisations_in(page, names) for page in public_bytes(people.browser_of(guest)).values()))
        transaction.set_rollback(True)
    report.add("organisations of the real programme's morning alone", names, "> 0")
    report.add("  named to who may not read of them", found, "0")
    report.add("control: named to a guest", seen, "> 0")


def in_this_process():
    from django.db import transaction

    from .crawling import METHODS
    from .world import World

    report = Report("Every address, role and method, in one process")
    with transaction.atomic():
        made = World()
        by_the_table(report, made, METHODS)
        by_following(report, made)
        with_the_gate_off(report, made)
        transaction.set_rollback(True)
    two_worlds(report)
    real_organisations(report)
    return report


# The command


def machine():
    return f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def on_one_database(database):
    """All reports on a database made for this run."""
    environment.prepare(database, processes.BASE_DIR / ".pytest_cache" / "static")
    try:
        environment.load_settings()
        os.environ["DJANGO_SETTINGS_MODULE"] = "cacc_techtrack.settings"
        import django
        from django.test.runner import DiscoverRunner

        django.setup()
        environment.name_test_database("leaks")
        runner = DiscoverRunner(verbosity=0, interactive=False)
        runner.setup_test_environment()
        kept = runner.setup_databases()
        try:
            from .leaks_live import over_the_wire

            reports = [in_this_process(), over_the_wire()]
        finally:
            runner.teardown_databases(kept)
    finally:
        environment.put_away()
    for report in reports:
        print(f"\n{report}", flush=True)
    return 1 if any(report.off for report in reports) else 0


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.leaks", description="Search the whole site for leaks.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], help="this one alone; otherwise both")
    parser.add_argument("--write", action="store_true", help=f"write what is printed to {WRITTEN.name} too")
    options = parser.parse_args(arguments)
    if options.database and not options.write:
        return on_one_database(options.database)
    printed, status = [], 0
    for database in [options.database] if options.database else ["sqlite", "postgres"]:
        command = [sys.executable, "-m", "tests.leaks", "--database", database]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        printed.append(f"On {database}\n{done.stdout}")
        print(printed[-1], flush=True)
        status = max(status, done.returncode)
    if options.write and status == 0:
        today = dt.datetime.now(dt.UTC).date()
        figures = "\n".join(printed)
        WRITTEN.write_text(f"# Leaks\n\nWhat `make leaks` printed on {today} ({machine()}).\n\n```\n{figures}```\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
