"""Keys at the desk: a letter goes to a button, Enter presses it, and nothing else decides."""

import pytest
from playwright.sync_api import expect

from registration.models import AccessRequest, Decision

from . import people, world
from .at_the_desk import LIST, Hands, focused, signed_in
from .test_axe import faults_of, looks_of

pytestmark = [pytest.mark.browser]


@pytest.fixture
def requests(live_site):
    event = world.event()
    world.organisation("A Member of the Coalition with a Long Name", email_domains=["corp.example"], member=True)
    return [
        people.ask(people.person(f"{name}@corp.example"), event, full_name=f"{name.title()} Person")
        for name in ("first", "second", "third")
    ]


def at(request):
    return f"{LIST}{request.pk}/change/"


def states():
    return list(AccessRequest.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def hands(new_page, live_site, requests, olga):
    return Hands(signed_in(new_page, live_site, olga))


def test_a_letter_goes_to_its_button_and_enter_presses_it(hands, requests):
    page = hands.page
    page.goto(LIST)
    hands.press_and_go("s", "Enter")
    hands.sees_the_request_of("First Person")
    for key, value in (("d", "decline"), ("w", "wait"), ("a", "approve")):
        hands.press(key)
        assert focused(page) == ["BUTTON", value]
    assert Decision.objects.count() == 3  # that they asked
    hands.press_and_go("Enter")
    hands.sees_the_request_of("Second Person")
    hands.sees("First Person: approved.")
    assert states() == ["approved", "pending", "pending"]
    hands.press_and_go("s", "Enter")
    hands.sees_the_request_of("Third Person")
    assert states() == ["approved", "pending", "pending"]


def test_undo_is_a_key_as_well(hands, requests):
    hands.page.goto(at(requests[0]))
    hands.press_and_go("d", "Enter")
    hands.press_and_go("u", "Enter")
    hands.sees_the_request_of("First Person")
    assert states() == ["pending"] * 3
    assert requests[0].decisions.count() == 3


def test_no_other_key_decides(hands, requests):
    """The control: each of these, and Enter after it, on a page on which `a` and Enter decide."""
    page = hands.page
    page.goto(at(requests[0]))
    assert focused(page)[0] == "BODY"
    before = page.url
    for key in ("Enter", "Space", "x", "r", "o", "c", "u", "A", "D", "Shift+A", "Control+d", "Alt+w", "1", "ArrowDown"):
        hands.press(key)
        assert focused(page)[0] == "BODY", key
        hands.press("Enter")
    assert page.url == before
    assert states() == ["pending"] * 3
    hands.press_and_go("a", "Enter")
    assert states() == ["approved", "pending", "pending"]
    hands.press("Enter")  # once too often
    hands.sees_the_request_of("Second Person")
    assert states() == ["approved", "pending", "pending"]


def test_who_types_decides_nothing(hands, requests):
    page = hands.page
    page.goto(at(requests[0]))
    hands.press("m")
    assert focused(page)[0] == "TEXTAREA"
    hands.type("a wad")
    hands.press("Enter")
    hands.type("d")
    expect(page.locator("[name=words]")).to_have_value("a wad\nd")
    hands.press("Escape")
    hands.press("i")
    hands.type("known")
    hands.press("Enter", "Escape")
    assert states() == ["pending"] * 3
    hands.press_and_go("d", "Enter")
    said = Decision.objects.last()
    assert (said.words.split(), said.reason) == (["a", "wad", "d"], "known")


@pytest.mark.parametrize("scripts", [False, True], ids=["without-js", "with-js"])
def test_enter_in_a_field_of_one_line_would_not_decide_either(scripts, new_page, live_site, requests, olga, console):
    """There is none; if one comes, the form's first button is one that cannot be pressed. Without it Enter decides."""
    page = signed_in(new_page, live_site, olga, java_script_enabled=scripts)
    page.goto(at(requests[0]))
    add = """form => {
        const field = document.createElement("input");
        field.id = "line";
        form.append(field);
    }"""
    form = page.locator("form.decision-form")
    form.evaluate(add)
    page.locator("#line").press("Enter")
    page.goto(at(requests[0]))
    assert states() == ["pending"] * 3
    form.evaluate(add)
    form.evaluate("form => form.querySelector('button[disabled]').remove()")
    with page.expect_navigation():
        page.locator("#line").press("Enter")
    assert states() == ["approved", "pending", "pending"]


def test_the_mail_is_a_key_away_with_what_was_typed(hands, requests):
    page = hands.page
    page.goto(at(requests[0]))
    hands.press("m")
    hands.type("See you there.")
    hands.press("Escape")
    hands.press_and_go("d", "p", "Enter")
    shown = page.locator("#preview")
    expect(shown).to_contain_text("Decline: the mail")
    expect(shown).to_contain_text("See you there.")
    expect(page.locator("[name=words]")).to_have_value("See you there.")
    assert states() == ["pending"] * 3
    hands.press("Enter")
    assert states() == ["pending"] * 3
    hands.press_and_go("a", "Enter")
    assert Decision.objects.last().words == "See you there."


def test_a_mail_is_shown_without_scripts_too(new_page, live_site, requests, olga):
    page = signed_in(new_page, live_site, olga, java_script_enabled=False)
    page.goto(at(requests[0]))
    expect(page.locator(".keys-help")).to_be_hidden()
    expect(page.locator(".decision-form kbd").first).to_be_hidden()
    page.locator("[name=words]").fill("See you there.")
    with page.expect_navigation():
        page.get_by_role("button", name="Preview the mail: Approve").click()
    expect(page.locator("#preview")).to_contain_text("See you there.")
    expect(page.locator("[name=words]")).to_have_value("See you there.")
    with page.expect_navigation():
        page.get_by_role("button", name="Approve", exact=True).click()
    assert Decision.objects.last().words == "See you there."


def test_keys_can_be_switched_off(hands, requests):
    page = hands.page
    page.goto(at(requests[0]))
    page.get_by_label("use keys in this browser").uncheck()
    page.reload()
    expect(page.locator(".decision-form kbd").first).to_be_hidden()
    hands.press("a")
    assert focused(page)[0] == "BODY"
    page.get_by_label("use keys in this browser").check()
    hands.press("a")
    assert focused(page) == ["BUTTON", "approve"]


def test_on_a_phone_all_can_be_reached_and_nothing_sticks_out(new_page, live_site, requests, olga):
    AccessRequest.objects.filter(pk=requests[0].pk).update(why="W" * 300, organisation="O" * 150)
    page = signed_in(new_page, live_site, olga, viewport={"width": 320, "height": 640}, has_touch=True)
    for address in (LIST, f"{LIST}?state=all", at(requests[0]), f"{LIST}?state=declined", f"{LIST}hearing/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, address
    page.goto(LIST)
    inner = "[...document.querySelectorAll('#changelist .results')].map(it => [it.scrollWidth, it.clientWidth])"
    assert all(wide <= room for wide, room in page.evaluate(inner))
    page.goto(at(requests[0]))
    for name in ("Approve", "Waiting list", "Decline"):
        button = page.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    with page.expect_navigation():
        page.get_by_role("button", name="Preview the mail: Decline").tap()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    with page.expect_navigation():
        page.get_by_role("button", name="Decline", exact=True).tap()
    assert states() == ["declined", "pending", "pending"]


def test_axe_finds_nothing_on_the_pages_of_a_decision(hands, requests):
    """With what ``test_axe.py`` does not come to: others from the domain, a preview, what was done, an empty line."""
    page = hands.page

    def look(address=None):
        if address:
            page.goto(address)
        return [(page.url, *look, *fault) for look in looks_of(page) for fault in faults_of(page)]

    faults = look(at(requests[0]))
    hands.press_and_go("a", "p", "Enter")
    faults += look()
    hands.press_and_go("a", "Enter")
    faults += look()
    faults += look(f"{LIST}?state=approved&done={requests[0].pk}")
    faults += look(f"{LIST}?state=declined")
    assert faults == []
