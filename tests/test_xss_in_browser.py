"""F-05 in a real Chromium: payloads in every field, shown on every page; no script runs and no policy is offended."""

import pytest
from django.utils.html import escape

from sessions.models import Session

from . import access
from .browser import context_for
from .figures import report
from .test_xss import pages_that_search, with_a_history, write_everywhere
from .world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROLES = ("administrator", "guest", "applicant", "visitor")
RAN = """
    window.ran = 0;
    window.xq = () => { window.ran += 1; };
    for (const name of ["alert", "prompt", "confirm"]) window[name] = window.xq;
"""
WHAT_CAME_OF_IT = "() => [window.ran, window.offences, document.documentElement.outerHTML.includes('xq()')]"


@pytest.fixture
def made(live_site):
    made = with_a_history(World())
    write_everywhere(0)
    return made


def addresses(made, role):
    """Every page that this role may read, admin's histories and questions before deleting included."""
    searched = [one for one in pages_that_search() if role == "administrator" or "/admin" not in one]
    return access.pages_for(role, made) + searched


def look_at(page, address):
    """Open it, press what a hand may press without sending anything, and tell what came of it."""
    page.goto(address)
    page.evaluate(
        """() => {
            for (const one of document.querySelectorAll("input, summary, details, a, button, textarea"))
                for (const kind of ["focus", "mouseover", "toggle"]) one.dispatchEvent(new Event(kind));
        }"""
    )
    ran, offences, shown = page.evaluate(WHAT_CAME_OF_IT)
    return ran, offences, shown


def walk(chromium, console, made, roles):
    found = {"opened": 0, "shown": 0, "ran": [], "offences": []}
    for role in roles:
        context = context_for(chromium, console, made.browsers[role])
        context.add_init_script(RAN)
        page = context.new_page()
        for address in addresses(made, role):
            ran, offences, shown = look_at(page, address)
            found["opened"] += 1
            found["shown"] += shown
            found["ran"] += [(role, address)] * bool(ran)
            found["offences"] += [(role, address, offence) for offence in offences]
        context.close()
    return found


def test_payloads_run_nowhere_and_offend_no_policy(chromium, console, made):
    found = walk(chromium, console, made, ROLES)
    assert (found["ran"], found["offences"]) == ([], [])
    assert found["shown"] > 20
    assert found["opened"] > 60
    report(
        "F-05 payloads in every field, in Chromium", pages=found["opened"], with_payloads=found["shown"], scripts_run=0
    )


@pytest.mark.parametrize("policy", [True, False], ids=["with the policy", "without it"])
def test_a_page_that_does_not_escape_is_found(chromium, console, made, policy):
    """The control: one page that takes a title for markup. The policy stops it and tells; without it, it runs."""
    payload = "<img src=x onerror=xq()><script>xq()</script>"
    Session.objects.filter(pk=made.secret.pk).update(title=payload)
    answer = made.browsers["guest"].get(made.secret.get_absolute_url())
    careless = answer.content.decode().replace(escape(payload), payload)
    assert careless.count(payload) >= 2
    context = context_for(chromium, console, made.browsers["guest"], bypass_csp=not policy)
    context.add_init_script(RAN)
    page = context.new_page()
    headers = {name: value for name, value in answer.items() if name != "Content-Length"}
    page.route("**/sessions/**", lambda route: route.fulfill(status=200, headers=headers, body=careless))
    page.goto(made.secret.get_absolute_url())
    ran, offences, _ = page.evaluate(WHAT_CAME_OF_IT)
    assert (bool(ran), bool(offences)) == (not policy, policy)
    context.close()
    console.said.clear()  # that the browser complains is what was wanted
