"""Nothing private reaches who may not see it: canaries in every private field, and two worlds that look the same.

Both searches have their control: with the gate off, or in a guest's eyes, they find what they look for.
"""

import re

import pytest
from django.conf import settings

from registration.mail.letters import letter
from registration.models import Mail
from sessions.models import Event, Session, Track

from . import access, crawling, two_worlds, world
from .crawling import canaries_in, closed_to, crawl, everything_in, masked
from .people import Browser
from .ungated import gate_off

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def made():
    return world.World()


@pytest.mark.slow
@pytest.mark.parametrize("role", access.ROLES)
def test_no_canary_where_it_may_not_be(made, role):
    assert canaries_in(made, crawl(made, role), closed_to(made, role)) == set()


def test_the_guests_crawl_finds_every_canary_of_the_morning(made):
    found = canaries_in(made, crawl(made, "guest"), {world.PRIVATE})
    # Each page is stripped of its own address; the agenda links them all.
    assert {what for _, what in found} == {
        "session title",
        "abstract",
        "room",
        "organisation",
        "speaker",
        "affiliation",
        "opaque slug",
        "full name of an organisation",
        "website",
        "opaque address of organisation",
        "opaque address of speaker",
        "title before",
        "announcement",
        "announcement in Spanish",
        "title of a material",
        "name of a material",
        "words in a material",
        "key of a material",
    }
    assert len(found) == 18
    texts = b"".join(crawl(made, "guest").values())
    assert {word for word in made.canaries.of(world.PRIVATE) if word.encode() not in texts} == set()


def test_with_the_gate_off_the_visitors_crawl_finds_them(made):
    """The control."""
    with gate_off():
        assert canaries_in(made, crawl(made, "visitor"), {world.PRIVATE})


@pytest.mark.slow
def test_each_person_finds_their_own_words(made):
    """The control for the canaries in requests: they are there to be found."""
    for role in made.requests:
        if role != "guest of another edition":  # whose request is for an event that is not the current one
            groups = {f"requests of {role}", f"needs of {role}", world.SHOWN}
            found = canaries_in(made, crawl(made, role), groups)
            assert {what for _, what in found} >= {"full_name", "organisation", "job_title", "why", "needs", "address"}


def test_mails_hold_no_private_word_and_no_word_of_the_person(made):
    for mail in Mail.objects.exclude(decision=None):
        text = letter(mail).message().as_bytes()
        for word, (_, what) in made.canaries.words.items():
            if word.encode() in text:
                assert word in mail.recipient or word in mail.decision.words, what
    assert Mail.objects.exclude(decision=None).count() >= len(made.requests)


def test_what_is_private_answers_like_what_never_existed(made):
    never_existed = {line.route: line.address(made) for line in access.PAGES if line.what == "never existed"}
    hidden_from = {
        line.address(made): (never_existed[line.route], [role for role, status in line.get.items() if status == 404])
        for line in access.PAGES
        if line.what != "never existed" and 404 in line.get.values()
    }
    assert len(hidden_from) == 24
    for address, (never, roles) in hidden_from.items():
        for role in roles:
            for method in ("get", "head", "post", "put", "delete"):
                browser = made.browsers[role]
                real, none = getattr(browser, method)(address), getattr(browser, method)(never)
                assert (real.status_code, sorted(real.items()), masked(real.content)) == (
                    none.status_code,
                    sorted((name, value) for name, value in none.items()),
                    masked(none.content),
                ) or lengths_differ_by_the_path(real, none, address, never), (role, method)


def lengths_differ_by_the_path(real, none, address, never):
    """The same answer but for the path that was asked for, which the link to sign in repeats."""
    gap = len(address) - len(never)
    return (
        real.status_code == none.status_code
        and masked(real.content) == masked(none.content)
        and {name: value for name, value in real.items() if name != "Content-Length"}
        == {name: value for name, value in none.items() if name != "Content-Length"}
        and abs(int(real["Content-Length"]) - int(none["Content-Length"])) == abs(gap)
    )


def test_two_worlds_that_differ_in_private_sessions_look_the_same():
    seen = two_worlds.as_seen([4, 0, 2])
    for role in ("visitor", "applicant"):
        assert seen[4][role] == seen[0][role] == seen[2][role], role
    assert seen[4]["guest"] != seen[2]["guest"]  # the control: who may see them sees the difference
    assert seen[4]["guest"]["/"] != seen[0]["guest"]["/"]


@pytest.mark.parametrize("teaser", Track.Teaser.values)
def test_a_teaser_shows_what_it_says_and_gives_no_address(made, teaser):
    Track.objects.filter(pk=made.morning.pk).update(teaser=teaser)
    page = Browser().get("/").content.decode()
    secret = made.secret
    assert (secret.title in page) == (teaser in {"titles", "abstracts"})
    assert (secret.abstract in page) == (teaser == "abstracts")
    for hidden in (secret.slug, secret.room, "8:", "TLP"):
        assert hidden not in page
    assert Browser().get(secret.get_absolute_url()).status_code == 404


def test_editing_a_private_session_leaves_the_public_answer_as_it_was(made):
    before = Browser().get("/")
    Session.objects.filter(pk=made.secret.pk).update(title="Something else", number=44)
    after = Browser().get("/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 304
    Session.objects.filter(slug="reporting-cycle").update(title="Something public")  # the control
    assert Browser().get("/", headers={"If-None-Match": before["ETag"]}).status_code == 200


BOTS = ("Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "Mozilla/5.0 (compatible; SkypeUriPreview)")


@pytest.mark.parametrize("agent", BOTS)
def test_what_unfurls_links_gets_the_page_of_what_never_existed(made, agent):
    """L-04; the control: a guest's browser by the same name is shown the title."""
    address = made.secret.get_absolute_url()
    asked = Browser().get(address, headers={"User-Agent": agent})
    assert asked.status_code == 404
    assert made.canaries.found_in(everything_in(asked).replace(made.secret.slug.encode(), b""), made.groups()) == set()
    assert b"og:" not in asked.content
    assert made.secret.title.encode() in made.browsers["guest"].get(address, headers={"User-Agent": agent}).content


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/robots.txt",
            "/sitemap.xml",
            "/feed.xml",
            "/changes.atom",
            "/my-agenda/",
            "/my-agenda.ics",
            "/agenda.ics",
            "/schedule.xml",
            "/schedule.json",
            "/manifest.webmanifest",
            "/sw.js",
            "/humans.txt",
        ),
        *("/.well-known/security.txt", "/.well-known/change-password", "/api/", "/media/", "/.git/config", "/.env"),
    ],
)
def test_what_machines_ask_for_names_nothing_private(made, address):
    """L-02."""
    for role in ("visitor", "applicant", "revoked"):
        answer = made.browsers[role].get(address)
        closed = crawling.closed_to(made, role)
        assert made.canaries.found_in(everything_in(answer), closed) == set()
        assert made.morning.sessions.first().slug.encode() not in everything_in(answer)


def test_public_pages_hold_no_number_of_a_row(made):
    """L-08: no id in an address or an attribute, from which gaps could be counted; the year of an edition is none."""
    years = {
        site + event.get_absolute_url()
        for event in Event.objects.announced()
        for site in ("", "/es", settings.SITE_URL, f"{settings.SITE_URL}/es")
    }
    for address in ("/", "/2021/", "/sessions/reporting-cycle/", "/organisations/ncmec/", "/speakers/kim-example/"):
        page = Browser().get(address).content.decode()
        links = re.findall(r'(?:href|action|src|id|for|data-[\w-]+)="([^"]*)"', page)
        assert links
        for link in set(links) - years:
            assert not re.search(r"(?<![\w.])\d+(?![\w.])", link), link
