"""Who may open what: one line for each address, for GET and for POST, and what each role gets.

A new address without a line here fails ``test_gate.py``. POST means one with a valid token and an empty form;
without the token every POST is answered 403, and other methods 405, whoever asks.
"""

from dataclasses import dataclass, replace

OUTSIDERS = (
    "signed in",
    "applicant",
    "waiting",
    "declined",
    "withdrawn",
    "revoked",
    "entered by hand",
    "invited",
    "guest",
    "guest of another edition",
    "door steward",
)
SUPERUSER, BY_ROLE = "administrator", "administrator by role"  # who may all; who is in the group
SUPERUSERS = (SUPERUSER,)  # people, groups, the mail queue, the machine: no role opens them
ADMINISTRATORS = (BY_ROLE, SUPERUSER)
ORGANISERS = ("viewer", "moderator", "programme editor", *ADMINISTRATORS)  # with the second factor given
STAFF = ("organiser without second factor", *ORGANISERS)
ROLES = ("visitor", *OUTSIDERS, *STAFF)
LIVE = ("applicant", "waiting", "entered by hand", "guest")
NOBODY = ()


def each(status, **others):
    """``status`` for every role but those in ``others``: ``_404=(role, …)``."""
    table = dict.fromkeys(ROLES, status)
    for other, roles in others.items():
        table |= for_roles((roles,) if isinstance(roles, str) else roles, int(other[1:]))
    return table


def for_roles(roles, status):
    """What superusers may beside others, the role Administrator may; what they alone may, it may not."""
    too = (BY_ROLE,) if SUPERUSER in roles and len(roles) > 1 else ()
    return dict.fromkeys((*roles, *too), status)


READ_ONLY = each(405)
NO_PAGES = {"/admin/jsi18n/", "/admin/autocomplete/", "/door/counts/", "/door/list/", "/door/state/"}


@dataclass(frozen=True)
class Line:
    route: str
    path: object  # the address, or a function of the world that gives it
    get: dict
    post: dict
    what: str = ""

    def address(self, world):
        return self.path(world) if callable(self.path) else self.path

    @property
    def is_for_people(self):
        """Not for machines, nor for organisers alone: it stands in every language."""
        return self.route.endswith(("/", "/sw.js")) and "second-factor" not in self.route

    @property
    def is_spanish(self):
        return self.route.startswith("/es/")

    @property
    def is_a_page(self):
        """What a browser shows: neither for machines nor a part of a page."""
        return self.route.endswith("/") and self.route not in NO_PAGES

    def __str__(self):
        return f"{self.route} {self.what}".strip()


def in_spanish(line):
    """The same page below ``/es/``, for the same people."""
    address = (lambda world: f"/es{line.path(world)}") if callable(line.path) else f"/es{line.path}"
    return replace(line, route=f"/es{line.route}", path=address)


def admin_table(status, **others):
    """For an address below admin: visitors are led to sign in, outsiders get a 404, the rest as given."""
    return (
        each(status, **others)
        | {"visitor": 302, "organiser without second factor": 302}
        | dict.fromkeys(OUTSIDERS, 404)
    )


def for_those(able, status=200):
    return admin_table(403) | for_roles(able, status)


WHO_SEES = ("guest", *ORGANISERS)
SESSION = "/sessions/<slug:slug>/"
EDITION = "/<int:year>/"


def who_takes_part(kind, public):
    """The pages of organisations or speakers: an opaque address is the only one of whom private sessions alone name."""
    route = f"/{kind}s/<slug:slug>/"

    def private(part):
        def address(world):
            row = world.secret.participations.get(**{f"{kind}__isnull": False}).who
            return f"/{kind}s/{getattr(row, part)}/"

        return address

    return [
        Line(route, f"/{kind}s/{public}/", each(200), READ_ONLY, "public"),
        Line(route, private("key"), each(404, _200=WHO_SEES), READ_ONLY, "private"),
        Line(route, private("slug"), each(404), READ_ONLY, "private, by its name"),
        Line(route, f"/{kind}s/abcdefghjkmnpqrstuvwxyz2/", each(404), READ_ONLY, "never existed"),
    ]


FILE = "/sessions/<slug:slug>.ics"
MATERIAL = "/materials/<slug:key>/<str:name>"


def material(name, get, what):
    return Line(MATERIAL, lambda w: getattr(w, name).get_absolute_url(), get, READ_ONLY, what)


TOKEN = "/cal/<str:token>/agenda.ics"  # opens for whoever has it, by design: test_own_calendar.py
PICTURE = "/register/pass/picture.png"
PAGES = [
    Line("/", "/", each(200), READ_ONLY),
    Line(SESSION, "/sessions/reporting-cycle/", each(200), READ_ONLY, "public"),
    Line(SESSION, lambda w: f"/sessions/{w.secret.slug}/", each(404, _200=WHO_SEES), READ_ONLY, "private"),
    Line(SESSION, "/sessions/a-draft/", each(404, _200=ORGANISERS), READ_ONLY, "not published"),
    Line(
        SESSION,
        lambda w: f"/sessions/{w.earlier_secret.slug}/",
        each(404, _200=("guest of another edition", *ORGANISERS)),
        READ_ONLY,
        "private, another edition",
    ),
    Line(SESSION, "/sessions/abcdefghjkmnpqrstuvwxyz2/", each(404), READ_ONLY, "never existed"),
    Line(EDITION, "/2022/", each(200), READ_ONLY, "current"),
    Line(EDITION, "/2021/", each(200), READ_ONLY, "past"),
    Line(EDITION, "/2023/", each(404, _200=ORGANISERS), READ_ONLY, "not announced"),
    Line(EDITION, "/2019/", each(404), READ_ONLY, "never existed"),
    *who_takes_part("organisation", "ncmec"),
    *who_takes_part("speaker", "kim-example"),
    Line("/sitemap.xml", "/sitemap.xml", each(200), READ_ONLY),
    Line("/robots.txt", "/robots.txt", each(200), READ_ONLY),
    Line("/my-agenda/", "/my-agenda/", each(200), READ_ONLY),
    Line("/my-agenda.ics", "/my-agenda.ics", each(200), READ_ONLY),
    Line("/my-agenda/kept/", "/my-agenda/kept/", each(200, _302="visitor"), each(302)),
    Line("/changes/", "/changes/", each(200), READ_ONLY),
    Line("/changes.atom", "/changes.atom", each(200), READ_ONLY),
    Line("/sw.js", "/sw.js", each(200), READ_ONLY),
    Line("/offline/", "/offline/", each(200), READ_ONLY),
    Line("/register/changes/", "/register/changes/", each(302, _200="guest"), each(302)),
    Line(FILE, "/sessions/reporting-cycle.ics", each(200), READ_ONLY, "public"),
    Line(FILE, "/sessions/equally.ics", each(404), READ_ONLY, "without a time"),
    Line(FILE, lambda w: f"/sessions/{w.secret.slug}.ics", each(404, _200=WHO_SEES), READ_ONLY, "private"),
    Line(
        FILE,
        lambda w: f"/sessions/{w.earlier_secret.slug}.ics",
        each(404, _200=("guest of another edition", *ORGANISERS)),
        READ_ONLY,
        "private, another edition",
    ),
    Line(FILE, "/sessions/abcdefghjkmnpqrstuvwxyz2.ics", each(404), READ_ONLY, "never existed"),
    material("handout", each(200), "public"),
    material("slides", each(404, _200=WHO_SEES), "private"),
    material("slides_kept_back", each(404, _200=ORGANISERS), "organisers only"),
    material("earlier_slides", each(404, _200=("guest of another edition", *ORGANISERS)), "private, another edition"),
    Line(MATERIAL, lambda w: f"/materials/{w.slides.key}/other.txt", each(404), READ_ONLY, "by another name"),
    Line(MATERIAL, f"/materials/{'0' * 32}/slides.txt", each(404), READ_ONLY, "never existed"),
    *[Line(f"/{name}", f"/{name}", each(200), READ_ONLY) for name in ("agenda.ics", "schedule.xml", "schedule.json")],
    Line("/calendar/", "/calendar/", each(200), READ_ONLY),
    Line(TOKEN, f"/cal/{'A' * 43}/agenda.ics", each(404), READ_ONLY, "never existed"),
    Line(TOKEN, lambda w: f"/cal/{w.tokens['revoked']}/agenda.ics", each(404), READ_ONLY, "of one who was revoked"),
    Line("/register/calendar/", "/register/calendar/", each(302, _200="guest"), each(302)),
    Line(
        "/register/",
        "/register/",
        each(200, _302=(*LIVE, "declined", "revoked", "invited")),
        each(200, _302=(*LIVE, "declined", "revoked")),
    ),
    Line("/register/status/", "/register/status/", each(200, _302="visitor"), READ_ONLY),
    Line("/register/edit/", "/register/edit/", each(302, _200=LIVE), each(302, _200=LIVE)),
    Line("/register/withdraw/", "/register/withdraw/", each(302, _200=LIVE), each(302)),
    Line("/register/invitation/", "/register/invitation/", each(302, _200="invited"), each(302, _200="invited")),
    Line(
        "/register/agree/",
        "/register/agree/",
        each(302, _200="entered by hand"),
        each(302, _200="entered by hand"),
    ),
    Line("/register/pass/", "/register/pass/", each(200, _302="visitor"), each(302)),
    Line(PICTURE, PICTURE, each(302, _200="guest"), READ_ONLY),
    Line(f"/es{PICTURE}", f"/es{PICTURE}", each(302, _200="guest"), READ_ONLY),
    Line("/register/my-data/", "/register/my-data/", each(200, _302="visitor"), each(302)),
    Line("/register/delete/", "/register/delete/", each(200, _302="visitor"), each(302)),
    Line("/handling-rules/", "/handling-rules/", each(200), READ_ONLY),
    Line("/privacy/", "/privacy/", each(200), READ_ONLY),
    Line("/accessibility/", "/accessibility/", each(200), READ_ONLY),
    Line("/healthz", "/healthz", each(200), READ_ONLY),
]
PAGES += [in_spanish(line) for line in PAGES if line.is_for_people]

AT_THE_DOOR = ("door steward", "moderator", *ADMINISTRATORS)
PASS = "/pass/<str:token>/"  # the same page for whoever does not work at the door: test_door.py
DOOR_PAGES = [
    Line(PASS, lambda w: f"/pass/{w.requests['guest'].entry_pass.token}/", each(200), READ_ONLY, "valid"),
    Line(PASS, "/pass/ABCDEFGHJKMNPQRS/", each(200), READ_ONLY, "never existed"),
    Line("/door/", "/door/", each(404, _200=AT_THE_DOOR), each(404, _200=AT_THE_DOOR)),
    Line("/door/look-up/", "/door/look-up/", READ_ONLY, each(404, _200=AT_THE_DOOR)),
    *[
        Line(f"/door/{deed}/", f"/door/{deed}/", READ_ONLY, each(404, _302=AT_THE_DOOR))
        for deed in ("check-in", "check-out", "undo")
    ],
    Line("/door/search/", "/door/search/", each(404, _200=AT_THE_DOOR), each(404, _200=AT_THE_DOOR)),
    Line("/door/walk-up/", "/door/walk-up/", each(404, _200=AT_THE_DOOR), each(404, _200=AT_THE_DOOR)),
    Line(
        "/door/walk-ups/",
        "/door/walk-ups/",
        each(404, _200=AT_THE_DOOR),
        each(404, _403="door steward", _302=("moderator", *ADMINISTRATORS)),
    ),
    *[
        Line(f"/door/{part}/", f"/door/{part}/", each(404, _200=AT_THE_DOOR), READ_ONLY)
        for part in ("counts", "list", "state", "conflicts")
    ],
    Line("/door/sync/", "/door/sync/", READ_ONLY, each(404, _400=AT_THE_DOOR)),
    Line("/door/offline/", "/door/offline/", each(200), READ_ONLY),
]

ACCOUNT = [
    Line("/account/login/", "/account/login/", each(302, _200="visitor"), each(302, _200="visitor")),
    Line("/account/login/code/", "/account/login/code/", each(302), each(302)),
    Line("/account/logout/", "/account/logout/", each(200, _302="visitor"), each(302)),
    Line("/account/sessions/", "/account/sessions/", each(200, _302="visitor"), each(302)),
    Line("/account/inactive/", "/account/inactive/", each(200), READ_ONLY),
    Line("/account/second-factor/", "/account/second-factor/", each(404, _302="visitor", _200=STAFF), READ_ONLY),
    Line("/account/second-factor/sign-in/", "/account/second-factor/sign-in/", each(302), each(302)),
    Line(
        "/account/second-factor/again/",
        "/account/second-factor/again/",
        each(404, _302="visitor", _200=ORGANISERS, _403="organiser without second factor"),
        each(404, _302="visitor", _200=ORGANISERS, _403="organiser without second factor"),
    ),
    Line(
        "/account/second-factor/again/passkey/",
        "/account/second-factor/again/passkey/",
        each(404, _302=("visitor", *ORGANISERS), _403="organiser without second factor"),
        each(404, _302=("visitor", *ORGANISERS), _403="organiser without second factor"),
    ),
    Line(
        "/account/second-factor/passkeys/<int:pk>/remove/",
        "/account/second-factor/passkeys/1/remove/",
        each(404, _302=("visitor", *ORGANISERS)),
        each(404, _302=("visitor", *ORGANISERS)),
    ),
    *[
        Line(
            f"/account/second-factor/{factor}/",
            f"/account/second-factor/{factor}/",
            each(404, _302=("visitor", *ORGANISERS), _200="organiser without second factor"),
            each(404, _302=("visitor", *ORGANISERS), _200="organiser without second factor"),
        )
        for factor in ("passkeys/add", "recovery-codes")
    ],
    Line(
        "/account/second-factor/set-up/",
        "/account/second-factor/set-up/",
        each(404, _302=("visitor", *ORGANISERS), _200="organiser without second factor"),
        each(404, _302=("visitor", *ORGANISERS), _200="organiser without second factor"),
    ),
    Line(
        "/account/second-factor/remove/",
        "/account/second-factor/remove/",
        each(404, _302=("visitor", *ORGANISERS)),
        each(404, _302=("visitor", *ORGANISERS)),
    ),
]
ACCOUNT += [in_spanish(line) for line in ACCOUNT if line.is_for_people]

ADMIN = [
    Line("/admin/", "/admin/", admin_table(200), admin_table(200)),
    Line("/admin/login/", "/admin/login/", admin_table(302), admin_table(302)),
    Line("/admin/logout/", "/admin/logout/", admin_table(302), admin_table(302)),
    Line("/admin/password_change/", "/admin/password_change/", admin_table(404), admin_table(404)),
    Line("/admin/password_change/done/", "/admin/password_change/done/", admin_table(404), admin_table(404)),
    Line("/admin/autocomplete/", "/admin/autocomplete/", admin_table(403), admin_table(405)),
    Line(
        "/admin/registration/pass/badges/",
        "/admin/registration/pass/badges/",
        for_those(("moderator", *ADMINISTRATORS)),
        for_those(("moderator", *ADMINISTRATORS)),
    ),
    Line("/admin/health/", "/admin/health/", for_those(SUPERUSERS), admin_table(405)),
    Line("/admin/see-as/", "/admin/see-as/", admin_table(405), admin_table(302)),
    Line("/admin/jsi18n/", "/admin/jsi18n/", admin_table(200), admin_table(405)),
    Line("/admin/r/<path:content_type_id>/<path:object_id>/", "/admin/r/1/1/", each(404), each(404)),
    Line("/admin/(?P<url>.*)$", "/admin/no-such-page/", admin_table(404), admin_table(404)),
    Line(
        "/admin/^(?P<app_label>agenda|registration|auth)/$",
        "/admin/registration/",
        admin_table(404, _200=("viewer", "moderator", "administrator")),
        admin_table(404, _200=("viewer", "moderator", "administrator")),
    ),
]


def admin_lines(model, pk, *, see, change, add, delete):
    """The pages that every model has in admin, by who may do what."""
    base = f"/admin/{model}/"

    def at(end):
        return lambda world: f"{base}{pk(world)}/{end}"

    return [
        Line(base, base, for_those(see), for_those(see)),
        Line(f"{base}add/", f"{base}add/", for_those(add), for_those(add)),
        Line(f"{base}<path:object_id>/history/", at("history/"), for_those(see), for_those(see)),
        Line(f"{base}<path:object_id>/delete/", at("delete/"), for_those(delete), for_those(delete)),
        Line(f"{base}<path:object_id>/change/", at("change/"), for_those(see), for_those(change)),
        Line(f"{base}<path:object_id>/", at(""), admin_table(302), admin_table(302)),
    ]


EDITORS = ("programme editor", "administrator")
DECIDE = "/admin/registration/accessrequest/"
MODELS = [
    *admin_lines("agenda/event", lambda w: w.event.pk, see=EDITORS, change=EDITORS, add=EDITORS, delete=EDITORS),
    Line(
        "/admin/agenda/event/<path:object_id>/copy/",
        lambda w: f"/admin/agenda/event/{w.event.pk}/copy/",
        for_those(EDITORS),
        for_those(EDITORS),
    ),
    *admin_lines("agenda/track", lambda w: w.morning.pk, see=EDITORS, change=EDITORS, add=EDITORS, delete=EDITORS),
    Line(
        "/admin/agenda/track/<int:pk>/changes/",
        lambda w: f"/admin/agenda/track/{w.morning.pk}/changes/",
        for_those(EDITORS),
        for_those(EDITORS, 302),
    ),
    *admin_lines("agenda/session", lambda w: w.secret.pk, see=EDITORS, change=EDITORS, add=EDITORS, delete=EDITORS),
    Line(
        "/admin/agenda/session/<int:pk>/changes/",
        lambda w: f"/admin/agenda/session/{w.secret.pk}/changes/",
        for_those(EDITORS),
        for_those(EDITORS, 302),
    ),
    *admin_lines("agenda/material", lambda w: w.slides.pk, see=EDITORS, change=EDITORS, add=EDITORS, delete=EDITORS),
    *admin_lines(
        "agenda/organisation",
        lambda w: w.secret.participations.first().organisation_id,
        see=("moderator", *EDITORS),
        change=EDITORS,
        add=EDITORS,
        delete=EDITORS,
    ),
    Line(
        "/admin/agenda/organisation/upload/",
        "/admin/agenda/organisation/upload/",
        for_those(EDITORS),
        for_those(EDITORS),
    ),
    Line(
        "/admin/agenda/organisation/example.csv",
        "/admin/agenda/organisation/example.csv",
        for_those(EDITORS),
        admin_table(405),
    ),
    *admin_lines(
        "agenda/speaker",
        lambda w: w.secret.participations.last().speaker_id,
        see=EDITORS,
        change=EDITORS,
        add=EDITORS,
        delete=EDITORS,
    ),
    *admin_lines(
        "agenda/announcement", lambda w: w.announcement.pk, see=EDITORS, change=EDITORS, add=EDITORS, delete=EDITORS
    ),
    *[
        Line(
            f"/admin/agenda/announcement/<int:pk>/{end}/",
            lambda w, end=end: f"/admin/agenda/announcement/{w.announcement.pk}/{end}/",
            admin_table(405),
            for_those(able, 302),
        )
        for end, able in (("time", EDITORS), ("mail", ADMINISTRATORS))
    ],
    *admin_lines(
        "registration/accessrequest",
        lambda w: w.requests["applicant"].pk,
        see=("viewer", "moderator", "administrator"),
        change=NOBODY,
        add=NOBODY,
        delete=NOBODY,
    ),
    Line(
        f"{DECIDE}decide/",
        f"{DECIDE}decide/",
        admin_table(405),
        for_those(("moderator", "administrator"), 302),
    ),
    *[
        Line(
            f"{DECIDE}<int:pk>/{end}/",
            lambda w, end=end: f"{DECIDE}{w.requests['applicant'].pk}/{end}/",
            for_those(("moderator", "administrator")),
            for_those(("moderator", "administrator")),
        )
        for end in ("address", "merge", "read-out")
    ],
    Line(
        f"{DECIDE}hearing/",
        f"{DECIDE}hearing/",
        for_those(("moderator", "administrator")),
        for_those(("moderator", "administrator"), 302),
    ),
    Line(f"{DECIDE}decided/", f"{DECIDE}decided/", for_those(("moderator", "administrator"), 302), admin_table(405)),
    Line(
        f"{DECIDE}<int:pk>/decide/",
        lambda w: f"{DECIDE}{w.requests['applicant'].pk}/decide/",
        admin_table(405),
        for_those(("moderator", "administrator"), 302),
    ),
    Line(
        f"{DECIDE}<int:pk>/mail-again/",
        lambda w: f"{DECIDE}{w.requests['applicant'].pk}/mail-again/",
        admin_table(405),
        for_those(("moderator", "administrator"), 302),
    ),
    Line(
        f"{DECIDE}<int:pk>/preview/",
        lambda w: f"{DECIDE}{w.requests['applicant'].pk}/preview/",
        admin_table(405),
        for_those(("moderator", "administrator"), 302),
    ),
    Line(
        f"{DECIDE}<int:pk>/later/",
        lambda w: f"{DECIDE}{w.requests['applicant'].pk}/later/",
        for_those(("viewer", "moderator", "administrator"), 302),
        admin_table(405),
    ),
    Line(f"{DECIDE}export/", f"{DECIDE}export/", for_those(ADMINISTRATORS), for_those(ADMINISTRATORS)),
    Line(
        f"{DECIDE}by-hand/",
        f"{DECIDE}by-hand/",
        for_those(("moderator", *ADMINISTRATORS)),
        for_those(("moderator", *ADMINISTRATORS)),
    ),
    Line("/admin/registration/circular/", "/admin/registration/circular/", for_those(ADMINISTRATORS), admin_table(405)),
    *[
        Line(
            f"/admin/registration/circular/{route}/",
            lambda w, address=address: f"/admin/registration/circular/{address(w)}/",
            for_those(ADMINISTRATORS),
            for_those(ADMINISTRATORS, posted),
        )
        for route, address, posted in (("new", lambda w: "new", 200), ("<int:pk>", lambda w: w.circular.pk, 302))
    ],
    Line(
        "/admin/registration/mailtext/",
        "/admin/registration/mailtext/",
        for_those(ADMINISTRATORS),
        admin_table(405),
    ),
    Line(
        "/admin/registration/mailtext/<slug:name>/<slug:language>/",
        "/admin/registration/mailtext/codes-used-up/en/",
        for_those(ADMINISTRATORS),
        for_those(ADMINISTRATORS),
    ),
    *admin_lines(
        "registration/invitation",
        lambda w: w.invitation.pk,
        see=("moderator", *ADMINISTRATORS),
        change=NOBODY,
        add=NOBODY,
        delete=NOBODY,
    ),
    Line(
        "/admin/registration/invitation/invite/",
        "/admin/registration/invitation/invite/",
        for_those(("moderator", *ADMINISTRATORS)),
        for_those(("moderator", *ADMINISTRATORS)),
    ),
    *[
        Line(
            f"/admin/registration/invitation/<int:pk>/{step}/",
            lambda w, step=step: f"/admin/registration/invitation/{w.invitation.pk}/{step}/",
            admin_table(405),
            for_those(("moderator", *ADMINISTRATORS), status),
        )
        for step, status in (("again", 200), ("recall", 302))
    ],
    *admin_lines(
        "registration/record",
        lambda w: w.record.pk,
        see=ADMINISTRATORS,
        change=NOBODY,
        add=NOBODY,
        delete=NOBODY,
    ),
    *admin_lines(
        "registration/deletionrequest",
        lambda w: w.people["guest"].deletion_requests.get().pk,
        see=ADMINISTRATORS,
        change=NOBODY,
        add=NOBODY,
        delete=NOBODY,
    ),
    Line(
        "/admin/registration/deletionrequest/<int:pk>/carry-out/",
        lambda w: f"/admin/registration/deletionrequest/{w.people['guest'].deletion_requests.get().pk}/carry-out/",
        admin_table(405),
        for_those(ADMINISTRATORS, 302),
    ),
    *admin_lines(
        "registration/mail",
        lambda w: w.people["applicant"].mails.first().pk,
        see=SUPERUSERS,
        change=NOBODY,
        add=NOBODY,
        delete=NOBODY,
    ),
    *admin_lines(
        "registration/user",
        lambda w: w.people["applicant"].pk,
        see=SUPERUSERS,
        change=SUPERUSERS,
        add=NOBODY,
        delete=NOBODY,
    ),
    *[
        Line(
            f"/admin/registration/user/<int:pk>/{deed}/",
            lambda w, deed=deed: f"/admin/registration/user/{w.people['moderator'].pk}/{deed}/",
            for_those(SUPERUSERS),
            for_those(SUPERUSERS),
        )
        for deed in ("enrolment-code", "lost-device")
    ],
    Line(
        "/admin/registration/user/<int:pk>/login-sessions/",
        lambda w: f"/admin/registration/user/{w.people['moderator'].pk}/login-sessions/",
        for_those(SUPERUSERS),
        for_those(SUPERUSERS, 302),
    ),
    *admin_lines(
        "auth/group",
        lambda w: w.group.pk,
        see=SUPERUSERS,
        change=SUPERUSERS,
        add=SUPERUSERS,
        delete=SUPERUSERS,
    ),
]

TABLE = [*PAGES, *DOOR_PAGES, *ACCOUNT, *ADMIN, *MODELS]


def pages_for(role, world):
    """The addresses of all pages that this role may open; in Spanish for visitors alone, since the markup is one."""
    lines = [line for line in TABLE if line.is_a_page and line.get[role] == 200]
    return sorted({line.address(world) for line in lines if role == "visitor" or not line.is_spanish})
