"""The page that asks before several requests are decided: who gets what mail, and who is left alone."""

from dataclasses import dataclass, field

from django.template.response import TemplateResponse

from .. import places
from ..mail.letters import preview
from ..steps import State
from .twins import turned_away_twins
from .words import BUTTONS, DONE, WordsForm

LABELS = {button.verb: button.label for button in BUTTONS}
TO = {"approve": State.APPROVED, "wait": State.WAITING, "decline": State.DECLINED}


@dataclass
class Group:
    """Those for whom the step does the same: the same mail of one event, and the same to their access."""

    step: object
    event: object
    members: list = field(default_factory=list)

    @property
    def access(self):
        return {"opens": "get access at once", "closes": "lose access at once"}.get(self.step.access, "")

    def letters(self, words):
        """The mail once in each language that somebody here reads: ``[(language, letter, how many)]``."""
        readers = {}
        for one in self.members:
            readers.setdefault(one.person.language, []).append(one)
        return [
            (language, preview(self.step.mail, found[0].person, self.event, words, language), len(found))
            for language, found in sorted(readers.items())
        ]


class AskingFirst:
    """For ``BulkDecisions``."""

    def confirm_page(self, request, queryset, verb, *, form=None, versions=None):
        """Lists what the step would do to each; nothing is decided yet."""
        chosen = list(queryset.select_related("person", "event").order_by("asked_at", "pk"))
        twins = turned_away_twins(chosen)
        for one in chosen:
            one.twins = twins[one.pk]
            one.version = (versions or {}).get(one.pk, one.version)  # as it was when the page was first opened
        able = [one for one in chosen if verb in one.next_steps()]
        words = form.cleaned_data.get("words", "") if form and form.is_bound and form.is_valid() else ""
        groups = groups_of(able, verb)
        return TemplateResponse(
            request,
            "admin/registration/accessrequest/confirm.html",
            self.admin_site.each_context(request)
            | {
                "title": f"{LABELS[verb]}: {len(able)} request{'' if len(able) == 1 else 's'}?",
                "verb": verb,
                "label": LABELS[verb],
                "opts": self.opts,
                "able": able,
                "lines": " ".join(f"{one.pk}:{one.version}" for one in able),
                "groups": [(group, group.letters(words) if group.step.mail else []) for group in groups],
                "notes": notes_on_places(groups, verb),
                "unable": [(one, why_not(one, verb)) for one in chosen if verb not in one.next_steps()],
                "form": form or WordsForm(),
            },
        )


def groups_of(requests, verb):
    groups = {}
    for one in requests:
        step = one.next_steps()[verb]
        key = (one.event_id, step.mail, step.access)
        groups.setdefault(key, Group(step, one.event)).members.append(one)
    return list(groups.values())


def notes_on_places(groups, verb):
    """What the organiser must know of places before pressing the button, a sentence for each event it concerns."""
    wanted = {}
    for group in groups:
        wanted.setdefault(group.event, []).extend(group.members)
    notes = []
    for event, found in wanted.items():
        left = places.left(event) if verb in ("approve", "wait") else None
        if left is None:
            continue
        if verb == "approve" and len(found) > left:
            notes.append(
                f"{event} has {left} place{'' if left == 1 else 's'} left for these {len(found)}. They go first by the "
                "waiting list, then to who asked first; the rest stay as they are, and you are offered the waiting "
                "list for them."
            )
        if verb == "wait" and left and event.passes_places_on:
            notes.append(
                f"Free places of {event} go to the first in line by themselves, and {left} of them "
                f"{'is' if left == 1 else 'are'} free: the first whom you put on the list are approved within seconds."
            )
    return notes


def why_not(one, verb):
    """Why this request is left alone, in words."""
    if verb == "confirm":
        return "there is nothing to confirm"
    if one.state == TO[verb]:
        return f"{one.get_state_display()} already"
    return f"{one.get_state_display()}, and cannot be {DONE[verb]} from there"
