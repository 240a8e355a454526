"""Role, page, action: what organisers may do within pages, once; ``access.py`` says which pages they open.

Each action is tried as every role (``test_rights.py``). ``python -m tests.rights`` (``make cases``) writes
docs/roles.md from this table.
"""

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from registration.roles import ADMINISTRATOR, EDITOR, MODERATOR, STEWARD, VIEWER
from registration.rules import VERSION

from . import access

TABLE = Path(__file__).resolve().parent.parent / "docs" / "roles.md"
NAMES = {
    "door steward": STEWARD,
    "viewer": VIEWER,
    "moderator": MODERATOR,
    "programme editor": EDITOR,
    access.BY_ROLE: ADMINISTRATOR,
    access.SUPERUSER: "superuser",
}
READERS = {"viewer", "moderator", *access.ADMINISTRATORS}
AT_THE_DOOR = set(access.AT_THE_DOOR)
DECIDERS = {"moderator", *access.ADMINISTRATORS}
EDITORS = {"programme editor", *access.ADMINISTRATORS}
KEEPERS = set(access.ADMINISTRATORS)
SUPERUSERS = set(access.SUPERUSERS)

REQUEST = access.DECIDE


@dataclass(frozen=True)
class Action:
    """``tried(world, browser)`` tries it and says whether it was done, or whether what it is about was there."""

    page: str
    what: str
    roles: set
    tried: object


def _page(world, browser, role="applicant"):
    return browser.get(f"{REQUEST}{world.requests[role].pk}/change/").content.decode()


def _word(world, group, what):
    return {word for word, (of, name) in world.canaries.words.items() if of == group and name == what}


def _shows(role, group, what):
    return lambda world, browser: any(word in _page(world, browser, role) for word in _word(world, group, what))


def _opens(address):
    return lambda world, browser: browser.get(address(world) if callable(address) else address).status_code == 200


def _of_request(end):
    return _opens(lambda world: f"{REQUEST}{world.requests['applicant'].pk}/{end}/")


def _decides(step, role):
    def tried(world, browser):
        before = world.request_of(role)
        browser.post(f"{REQUEST}{before.pk}/decide/", {"step": step, "version": before.version})
        return world.request_of(role).state != before.state

    return tried


def _decides_several(world, browser):
    before = world.request_of("applicant")
    form = {"step": "decline", "line": f"{before.pk}:{before.version}", "reason": "", "words": ""}
    browser.post(f"{REQUEST}decide/", form)
    return world.request_of("applicant").state != before.state


def _checks_in(world, browser):
    request = world.requests["guest"]
    browser.post("/door/check-in/", {"who": request.entry_pass.door_id, "scan": uuid4()})
    return request.visits.open().exists()


def _decides_a_walk_up(world, browser):
    form = {
        "email": "will@example.com",
        "full_name": "Will",
        "organisation": "Games",
        "kind": "gaming",
        "rules": VERSION,
    }
    world.browsers["door steward"].post("/door/walk-up/", form)
    one = type(world.walked_up).objects.get(full_name="Will")
    browser.post("/door/walk-ups/", {"walk_up": one.pk, "version": one.version, "step": "decline"})
    one.refresh_from_db()
    return one.state != "pending"


def _exports(*columns):
    def tried(world, browser):
        answer = browser.post(f"{REQUEST}export/?state=all", {"step": "csv", "column": columns})
        return "attachment" in answer.get("Content-Disposition", "")

    return tried


def _carries_out(world, browser):
    asked = world.people["guest"].deletion_requests.get()
    browser.post(f"/admin/registration/deletionrequest/{asked.pk}/carry-out/", {"step": "delete"})
    asked.refresh_from_db()
    return asked.done_at is not None


def _hides_a_session(world, browser):
    chosen = {"action": "hide", "_selected_action": [world.secret.pk], "index": 0}
    browser.post("/admin/agenda/session/", chosen)
    world.secret.refresh_from_db()
    return not world.secret.published


def _deletes_a_track(world, browser):
    browser.post(f"/admin/agenda/track/{world.morning.pk}/delete/", {"post": "yes"})
    return not type(world.morning).objects.filter(pk=world.morning.pk).exists()


def _ends_an_announcement(world, browser):
    one = world.announcement
    browser.post(f"/admin/agenda/announcement/{one.pk}/time/", {"deed": "end", "seen": one.ends_at.isoformat()})
    return type(one).objects.get(pk=one.pk).state == "over"


def _writes_it_as_a_mail(world, browser):
    browser.post(f"/admin/agenda/announcement/{world.announcement.pk}/mail/")
    return world.announcement.__class__.objects.filter(circular__isnull=False).exists()


def _row_of(model, name):
    return lambda world: f"/admin/{model}/{getattr(world, name).pk}/change/"


def _login_sessions(world):
    return f"/admin/registration/user/{world.people['door steward'].pk}/login-sessions/"


LIST, PAGE = "list of requests", "a request"
ACTIONS = [
    Action(LIST, "see who asked", READERS, _opens(f"{REQUEST}?state=all")),
    Action(LIST, "decide on several", DECIDERS, _decides_several),
    Action(LIST, "export", KEEPERS, _exports("name")),
    Action(LIST, "export needs", KEEPERS, _exports("needs")),
    Action(LIST, "enter by hand", DECIDERS, _opens(f"{REQUEST}by-hand/")),
    Action(PAGE, "see answers", READERS, _shows("applicant", "requests of applicant", "full_name")),
    Action(PAGE, "see needs", DECIDERS, _shows("applicant", "needs of applicant", "needs")),
    Action(PAGE, "see reasons kept inside", DECIDERS, _shows("declined", "inside", "reason")),
    Action(PAGE, "see buttons", DECIDERS, lambda world, browser: 'value="approve"' in _page(world, browser)),
    Action(PAGE, "approve", DECIDERS, _decides("approve", "applicant")),
    Action(PAGE, "take a decision back", DECIDERS, _decides("reopen", "guest")),
    Action(PAGE, "preview the mail", DECIDERS, lambda world, browser: "preview" in _page(world, browser)),
    Action(PAGE, "correct the address", DECIDERS, _of_request("address")),
    Action(PAGE, "merge two requests", DECIDERS, _of_request("merge")),
    Action(PAGE, "read out a code", DECIDERS, _of_request("read-out")),
    Action("door", "check in", AT_THE_DOOR, _checks_in),
    Action("door", "find a guest, enter a walk-up", AT_THE_DOOR, _opens("/door/walk-up/")),
    Action("door", "decide on a walk-up", DECIDERS, _decides_a_walk_up),
    Action("invitations", "invite", DECIDERS, _opens("/admin/registration/invitation/invite/")),
    Action("deletion requests", "delete a person’s data", KEEPERS, _carries_out),
    Action("records", "read what is on record", KEEPERS, _opens("/admin/registration/record/")),
    Action("mails to many", "write to many", KEEPERS, _opens("/admin/registration/circular/")),
    Action("texts of mails", "edit", KEEPERS, _opens("/admin/registration/mailtext/codes-used-up/en/")),
    Action("programme", "read it in admin", EDITORS, _opens(_row_of("agenda/session", "secret"))),
    Action("programme", "publish and hide", EDITORS, _hides_a_session),
    Action("programme", "add material", EDITORS, _opens("/admin/agenda/material/add/")),
    Action("programme", "delete a track", EDITORS, _deletes_a_track),
    Action("announcements", "write, end", EDITORS, _ends_an_announcement),
    Action("announcements", "write one as a mail", KEEPERS, _writes_it_as_a_mail),
    Action("organisations", "read the directory", DECIDERS | EDITORS, _opens("/admin/agenda/organisation/")),
    Action("organisations", "load a file", EDITORS, _opens("/admin/agenda/organisation/upload/")),
    Action("people", "see, close, make organisers", SUPERUSERS, _opens("/admin/registration/user/")),
    Action("people", "end a login session", SUPERUSERS, _opens(_login_sessions)),
    Action("groups", "change what a role may do", SUPERUSERS, _opens("/admin/auth/group/")),
    Action("mails", "read the whole outbox", SUPERUSERS, _opens("/admin/registration/mail/")),
    Action("health", "read it", SUPERUSERS, _opens("/admin/health/")),
]


def render():
    head = " | ".join(NAMES.values())
    rule = " | ".join("---" for _ in NAMES)

    def marks(roles):
        return " | ".join("yes" if role in roles else "" for role in NAMES)

    lines = [
        "# Roles",
        "",
        "What organisers of each role, and stewards, may do; what they open stands in `tests/access.py`. `make cases`",
        "writes it from `tests/rights.py`; each line is tried as each role.",
        "",
        f"| page | action | {head} |",
        f"| --- | --- | {rule} |",
        *[f"| {action.page} | {action.what} | {marks(action.roles)} |" for action in ACTIONS],
        "",
    ]
    return "\n".join(lines).replace("  |", " |")


if __name__ == "__main__":
    TABLE.write_text(render())
