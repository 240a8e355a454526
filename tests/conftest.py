"""Fixtures for all tests. What they give is described in the module that each comes from."""

import os
from contextlib import nullcontext

import pytest

from . import environment, n_plus_one

KINDS = {"fast", "live", "browser"}


def pytest_addoption(parser):
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default="sqlite",
        help="what to run on; postgres: the one in TEST_DATABASE_URL, else one started for the tests",
    )


def pytest_configure(config):
    if config.option.help or config.option.version:
        return
    config.pluginmanager.register(SilentSkips())
    worker = getattr(config, "workerinput", {}).get("workerid")
    environment.prepare(config.option.database, config.rootpath / ".pytest_cache" / "static", worker)
    environment.load_settings()
    config.pluginmanager.register(n_plus_one)


def pytest_unconfigure(config):
    environment.put_away()


def pytest_report_header(config):
    return f"database: {config.option.database}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The long ones first, so that no worker is alone with one at the end. What a test leaves behind hinders none."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """A test that nobody said the kind of does not exist for `make test-fast`: it fails to be collected at all."""
    report = yield
    if report.passed:
        items = [node for node in report.result if isinstance(node, pytest.Item)]
        without = [item.name for item in items if not KINDS & {mark.name for mark in item.iter_markers()}]
        if without:
            report.outcome = "failed"
            report.longrepr = f"Mark each test as fast, live or browser. These have no such mark: {', '.join(without)}"
            report.result = []
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and "live_site" in getattr(item, "funcargs", {}):
        report.sections.append(("the live site's output", item.funcargs["live_site"].output()))
    return report


class SilentSkips:
    """Fails the run when a test was skipped and nobody was told why."""

    def __init__(self):
        self.found = []

    def pytest_runtest_logreport(self, report):
        self.look_at(report)

    def pytest_collectreport(self, report):
        self.look_at(report)

    def look_at(self, report):
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if reason.removeprefix("Skipped").strip(": ") in {"", "unconditional skip"}:
            self.found.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for nodeid in self.found:
            terminalreporter.line(f"FAILED {nodeid}: skipped without a reason", red=True)


# The database


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    environment.name_test_database(os.environ.get("PYTEST_XDIST_WORKER", "main"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Made by pytest-django; emptied by us (``emptying.py``)."""
    from . import emptying

    with django_db_blocker.unblock():
        emptying.instead_of_flush()


@pytest.fixture(autouse=True)
def _cache_emptied(request):
    """The cache's table is no model's, so that what empties the database after a test leaves it alone.

    Where a test's writes are committed, sites that run on them are told, as the site's own processes tell them.
    """
    from .signalling import writes_give_the_signal

    mark = request.node.get_closest_marker("django_db")
    committed = "transactional_db" in request.fixturenames or (mark and mark.kwargs.get("transaction"))
    if committed:
        request.getfixturevalue("transactional_db")
    with writes_give_the_signal() if committed else nullcontext():
        yield
    if committed:
        from django.core.cache import cache

        cache.clear()


# Servers


@pytest.fixture(scope="session")
def _mail_server():
    from .mailbox import Mailbox

    mailbox = Mailbox(environment.mail_port)
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def mailbox(_mail_server):
    """Everybody's mailbox, empty: what really left by SMTP (``mailbox.py``)."""
    _mail_server.clear()
    yield _mail_server
    _mail_server.clear()


@pytest.fixture(scope="session")
def _shared_site(django_db_setup):
    from .live import Site

    site = Site()
    yield site
    site.stop()


@pytest.fixture
def live_site(transactional_db, _shared_site):
    """A running site on the test's database: ``live_site.url``, ``live_site.start(env=…, wsgi=…)`` (``live.py``)."""
    from .live import LiveSite

    site = LiveSite(_shared_site)
    yield site
    site.stop_started()


@pytest.fixture
def mail_worker(live_site, mailbox):
    """The mail worker, delivering the live site's outbox into the mailbox; gives its process."""
    return live_site.start_mail_worker()


@pytest.fixture
def log():
    """All that is logged meanwhile, as a real site writes it: ``log.text``, ``log.lines("mail sent")``."""
    from .logged import logging_to_a_log

    with logging_to_a_log() as written:
        yield written


# Backups


@pytest.fixture
def backup_key(tmp_path, settings, capsys, transactional_db):
    """The private key's file; the site has folders of its own and knows the public key (``elsewhere.py``)."""
    from .elsewhere import of_its_own

    return of_its_own(settings, tmp_path, capsys)


@pytest.fixture
def busy_site(backup_key):
    """A site with people in every state, and everything that a restore must cut; gives its event."""
    from .elsewhere import busy_site

    return busy_site()


@pytest.fixture
def elsewhere(tmp_path):
    """An empty site with a database of its own: ``elsewhere.manage("restore", …)``."""
    from .elsewhere import Elsewhere

    made = Elsewhere(tmp_path / "elsewhere")
    yield made
    made.put_away()


# The browser


@pytest.fixture(scope="session")
def _chromium():
    from .browser import Browser

    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def console():
    """What the browser complained of; ``console.expect(text)`` for what is meant to come. Checked at the end."""
    from .browser import Console

    console = Console()
    yield console
    console.check()


@pytest.fixture
def new_page(live_site, _chromium, console):
    """A function: a page in a browser of its own, without anybody's cookies; takes Playwright's context options.

    Pages are closed before the site ends, so that none still asks for something then.
    """
    contexts = []

    def new(**options):
        contexts.append(_chromium.new_context(**options))
        console.listen(contexts[-1])
        return contexts[-1].new_page()

    yield new
    for context in contexts:
        context.close()


@pytest.fixture
def behind_nginx(live_site):
    """nginx as shipped, in front of a site with real settings."""
    from .nginx import REAL, Nginx

    nginx = Nginx(live_site.start(env=REAL).port)
    yield nginx
    nginx.stop()


@pytest.fixture
def chromium(behind_nginx, _chromium):
    """A Chromium to which the site's name is nginx here, so that it runs as on a real site: https, port 443."""
    from .nginx import HOST

    rules = f"MAP {HOST}:443 127.0.0.1:{behind_nginx.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    trusted = f"--ignore-certificate-errors-spki-list={behind_nginx.key_digest()}"
    browser = _chromium.launch(f"--host-resolver-rules={rules}", trusted)
    yield browser
    browser.close()


@pytest.fixture
def page(new_page):
    """A page with JavaScript."""
    return new_page()


@pytest.fixture
def page_without_js(new_page):
    """A page whose browser runs no scripts."""
    return new_page(java_script_enabled=False)


# The people that most stories at the desk begin with; a module may have its own by the same names.


@pytest.fixture
def event(db):
    from . import world

    return world.event()


@pytest.fixture
def olga(db):
    """An administrator."""
    from . import people

    return people.organiser()


@pytest.fixture
def desk(olga):
    """Her browser."""
    from .people import browser_of

    return browser_of(olga)


@pytest.fixture
def ada(event):
    """Somebody who proved her address."""
    from .people import person

    return person("ada@example.com")


@pytest.fixture
def request_(ada, event):
    """Hers, pending."""
    from . import people

    return people.ask(ada, event)
