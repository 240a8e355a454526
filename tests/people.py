"""The people of the stories, one for each role of DESIGN.md that exists so far, and their browsers."""

import time

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.test import Client

from registration import roles, rules
from registration.models import AccessRequest, User

ANSWERS = {
    "full_name": "Ada Applicant",
    "organisation": "Example Platform",
    "job_title": "Trust and safety lead",
    "kind": "platform",
    "why": "To learn how others report.",
    "registered": "yes",
    "reception": "maybe",
    "needs": "",
}
FORM = ANSWERS | {"rules": rules.VERSION}

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Browser(Client):
    """A client that speaks https to the site, as everything does on a real one, and sees its 500 pages."""

    def __init__(self, **options):
        super().__init__(raise_request_exception=False, SERVER_NAME="techtrack.test", **options)

    def generic(self, method, path, data="", content_type="application/octet-stream", secure=True, **more):
        return super().generic(method, path, data, content_type, secure=True, **more)


def person(email, *, proven=True, **fields):
    user = User.objects.create_user(email, **fields)
    if proven:
        EmailAddress.objects.filter(user=user).update(verified=True)
    return user


def organiser(email="olga@techtrack.test", *, permissions=None, role=None, **fields):
    """A superuser, or somebody who may do what ``permissions`` or the ``role`` say, and no more."""
    may_all = permissions is None and role is None
    user = person(email, is_staff=True, is_superuser=may_all, name=fields.pop("name", "Olga"), **fields)
    if role:
        user.groups.add(group(role))
    for codename in permissions or ():
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label__in=["agenda", "registration"], codename=codename)
        )
    return user


def steward(email="stella@techtrack.test", **fields):
    """Who works at the door and is no organiser."""
    user = person(email, **fields)
    user.groups.add(group(roles.STEWARD))
    return user


def group(role):
    """The group that a migration made; made anew where a test emptied the database."""
    if not Group.objects.filter(name=role).exists():
        roles.give(apps)
    return Group.objects.get(name=role)


def ask(user, event, **answers):
    return AccessRequest.ask(user, event, rules_version=rules.VERSION, **ANSWERS | answers)[0]


def browser_of(user, *, second_factor=None, **options):
    """A browser in which this person is signed in; organisers gave a second factor unless told otherwise."""
    browser = Browser(**options)
    browser.force_login(user, backend=BACKEND)
    if second_factor if second_factor is not None else user.is_staff:
        factor = Authenticator.objects.filter(user=user).first() or TOTP.activate(user, generate_totp_secret()).instance
        session = browser.session
        session["account_authentication_methods"] = [
            {"method": "mfa", "at": time.time(), "id": factor.pk, "type": "totp"}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return browser


def approved(email, event, *, by, **answers):
    user = person(email)
    ask(user, event, **answers).approve(by=by)
    return user


def codenames(role):
    return [permission.partition(".")[2] for permission in roles.PERMISSIONS[role]]


VIEWER, MODERATOR, EDITOR = codenames(roles.VIEWER), codenames(roles.MODERATOR), codenames(roles.EDITOR)
