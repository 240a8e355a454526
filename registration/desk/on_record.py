"""What was done, by whom, when: decisions, deeds, people's own edits, edits in admin, changes told, in one list.

Read only, for administrators. The rows stay where they are; a page of the list is one look at all tables for what comes
next, and one look at each table for the rows of that page.
"""

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import CharField, F, Q, Value
from django.template.response import TemplateResponse

from sessions.models import Change

from ..models import Confirmation, Decision, Deed, Edit, Record, User
from .mails import ReadOnlyAdmin

ON_A_PAGE = 50


@dataclass(frozen=True)
class Source:
    """One table: when its rows were made, by whom, and which of their words are searched."""

    kind: str
    label: str
    rows: object  # a function: a queryset
    at: str
    by: str
    words: tuple

    def found(self, asked):
        rows = self.rows()
        if asked.get("q"):
            said = Q()
            for name in self.words:
                said |= Q(**{f"{name}__icontains": asked["q"]})
            rows = rows.filter(said)
        if asked.get("who"):
            rows = rows.filter(**{self.by: asked["who"]})
        if asked.get("since"):
            rows = rows.filter(**{f"{self.at}__gte": _midnight(asked["since"])})
        if asked.get("until") and asked["until"] < dt.date.max:
            rows = rows.filter(**{f"{self.at}__lt": _midnight(asked["until"] + dt.timedelta(days=1))})
        return rows

    def keys(self, asked):
        kind = Value(self.kind, output_field=CharField())
        return self.found(asked).order_by().annotate(when=F(self.at), table=kind).values_list("when", "table", "pk")


def _midnight(day):
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


SOURCES = [
    Source(
        "decision",
        "decisions",
        lambda: Decision.objects.select_related("request__event"),
        "at",
        "actor",
        ("actor_name", "request__full_name", "request__organisation"),
    ),
    Source(
        "confirmation",
        "confirmations",
        lambda: Confirmation.objects.select_related("request__event"),
        "at",
        "actor",
        ("actor_name", "request__full_name", "request__organisation"),
    ),
    Source(
        "record",
        "deeds of organisers",
        lambda: Record.objects.select_related("request__event"),
        "at",
        "actor",
        ("actor_name", "about", "request__full_name"),
    ),
    Source(
        "edit",
        "edits by the person",
        lambda: Edit.objects.select_related("request__event", "request__person"),
        "at",
        "request__person",
        ("request__full_name", "request__organisation"),
    ),
    Source(
        "admin",
        "edits in admin",
        lambda: LogEntry.objects.select_related("user", "content_type"),
        "action_time",
        "user",
        ("user__name", "user__email", "object_repr", "change_message"),
    ),
    Source(
        "programme",
        "changes that people were told",
        lambda: Change.objects.published().select_related("session__track__event"),
        "published_at",
        "by",
        ("by_name", "session__title", "before", "after"),
    ),
]


class AskForm(forms.Form):
    """What to look for; an empty field asks for nothing."""

    q = forms.CharField(label="Words", required=False, max_length=100)
    what = forms.ChoiceField(label="What", required=False)
    who = forms.ModelChoiceField(label="Who", required=False, queryset=User.objects.filter(is_staff=True))
    since = forms.DateField(label="From (UTC)", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = [(source.kind, source.label) for source in SOURCES]
        self.fields["what"].choices = [("", "everything"), *kinds, *Deed.choices]


class RecordAdmin(ReadOnlyAdmin):
    fields = ["deed", "actor_name", "at", "about", "request", "figures"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("registration.view_record")

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = AskForm(request.GET or None)
        asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
        pages = Paginator(keys(asked), ON_A_PAGE)
        page = pages.get_page(request.GET.get("p"))
        query = request.GET.copy()
        query.pop("p", None)
        context = self.admin_site.each_context(request) | {
            "title": "On record",
            "opts": self.opts,
            "form": form,
            "page": page,
            "count": pages.count,
            "rows": rows_of(page.object_list),
            "query": query.urlencode(),
        }
        return TemplateResponse(request, "admin/registration/record/on_record.html", context)


def keys(asked):
    """``(when, kind, key)`` of all rows that are asked for, the newest first."""
    what = asked.get("what") or ""
    if what in Deed.values:
        record = next(source for source in SOURCES if source.kind == "record")
        return record.keys(asked).filter(deed=what).order_by("-when", "-pk")
    first, *others = [source.keys(asked) for source in SOURCES if what in ("", source.kind)]
    if not others:
        return first.order_by("-when", "-pk")
    return first.union(*others, all=True).order_by("-when", "table", "-pk")


def rows_of(found):
    """The rows behind the keys, in their order; one look at each table."""
    found = list(found)
    rows = {}
    for source in SOURCES:
        wanted = [pk for _, kind, pk in found if kind == source.kind]
        rows |= {(source.kind, row.pk): row for row in source.rows().filter(pk__in=wanted)} if wanted else {}
    return [{"kind": kind, "at": at, "row": rows[kind, pk]} for at, kind, pk in found if (kind, pk) in rows]
