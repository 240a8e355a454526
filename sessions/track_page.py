"""Admin's page of a track, with its sessions a row each."""

import re

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F

from cacc_techtrack.guarded_form import GuardedForm
from cacc_techtrack.row_keys import CarefulKeys, is_key

from .models import Session
from .models.stamps import watched

_KEY_OF_A_ROW = re.compile(r"sessions-(\d+)-id")
FIELDS = ["number", "title", "kind", "start", "end", "room", "published", "cancelled"]
WORDS = {True: "published", False: "hidden"}


class RowForm(GuardedForm):
    """A session's row. All of it is guarded: a page opened an hour ago gives no row back as it was then."""

    guarded = ("track_id", *FIELDS)
    guarded_as = "session"

    class Meta:
        model = Session
        fields = FIELDS
        widgets = {
            "number": forms.NumberInput(attrs={"min": 0}),
            "title": forms.TextInput,
            "start": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "end": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "room": forms.TextInput,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label.capitalize()

    def validate_constraints(self):
        """All but the number's: rows may swap theirs, so what counts is how they all end up (``Rows``)."""
        try:
            self.instance.validate_constraints(exclude={*self._get_validation_exclusions(), "number"})
        except ValidationError as error:
            self._update_errors(error)


class Rows(forms.BaseInlineFormSet):
    """Stands within ``watched`` of the track's sessions, so nobody else numbers them meanwhile."""

    def get_queryset(self):
        if not hasattr(self, "_queryset"):
            self._queryset = self.queryset.order_by(F("number").asc(nulls_last=True), "pk")
        return self._queryset

    def clean(self):
        super().clean()
        rows = [form for form in self.forms if hasattr(form, "cleaned_data")]
        here = [form.instance.pk for form in rows if form.instance.pk]
        others = Session.objects.filter(track=self.instance.pk).exclude(pk__in=here)
        taken = set(others.order_by().values_list("number", flat=True))
        for form in rows:
            number = form.cleaned_data.get("number")
            if number is not None and number in taken:
                form.add_error("number", "Another session of this track, added meanwhile, has that number.")

    def save_rows(self):
        """Write what changed, and only that: a track that turns private at this moment has written the addresses.

        Returns ``(added, [(changed, names of fields)])``.
        """
        self.save(commit=False)
        changed = [
            (row, [name for name in names if name in RowForm.Meta.fields]) for row, names in self.changed_objects
        ]
        renumbered = [row.pk for row, names in changed if "number" in names]
        models.QuerySet(Session).filter(pk__in=renumbered).update(number=None)  # no number is taken while they swap
        for row, names in changed:
            row.save(update_fields=names)
        for row in self.new_objects:
            row.track = self.instance
            row.give_address()
            row.save()
        return self.new_objects, changed


class SessionsOfTrack(CarefulKeys, admin.TabularInline):
    model = Session
    form = RowForm
    formset = Rows
    extra = 1
    can_delete = False  # on the session's own page, which says what goes with it
    show_change_link = True
    view_on_site = False

    class Media:
        js = [forms.Script("order.js", type="module")]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """With the widgets of ``RowForm``, which are small, and not with admin's."""
        return db_field.formfield(**kwargs)


class TrackPage:
    """Mixed into the admin of tracks."""

    inlines = [SessionsOfTrack]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """All of a save is one change, so that what a private track was called is not told when it opens."""
        if request.method != "POST" or not is_key(object_id or "") or not self.has_change_permission(request):
            return super().changeform_view(request, object_id, form_url, extra_context)
        if step := next((step for step in ("_publish", "_hide") if step in request.POST), None):
            request.POST = _all_rows(request.POST, published=step == "_publish")
        with watched(self.sessions_of(object_id)):
            answer = super().changeform_view(request, object_id, form_url, extra_context)
        return self.changes_asked_about(object_id, answer)  # only now are they noted

    def sessions_of(self, pk):
        return Session.objects.filter(track=pk)

    def save_formset(self, request, form, formset, change):
        added, changed = formset.save_rows()
        for row in added:
            self.log_addition(request, row, f"Added on the page of {row.track}.")
        for row, names in changed:
            self.log_change(request, row, [{"changed": {"fields": _labels(names)}}])
        for published, word in WORDS.items():
            shown = [row for row, names in changed if "published" in names and row.published == published]
            shown += [row for row in added if published and row.published]
            if shown:
                self.message_user(request, f"{counted(len(shown))} {word}: {', '.join(map(str, shown))}.")
            elif request.POST.get("_all") == word:
                self.message_user(request, f"All sessions were {word} already.")


def counted(number):
    return f"{number} session" if number == 1 else f"{number} sessions"


def _labels(names):
    return [str(Session._meta.get_field(name).verbose_name) for name in names]


def _all_rows(posted, *, published):
    """The form as if every session's tick had been set, or taken away, before it was saved."""
    posted = posted.copy()
    for name in list(posted):
        row = _KEY_OF_A_ROW.fullmatch(name)
        if row and posted[name]:
            tick = f"sessions-{row[1]}-published"
            if published:
                posted[tick] = "on"
            else:
                posted.pop(tick, None)
    posted["_all"] = WORDS[published]
    posted["_continue"] = "on"
    return posted
