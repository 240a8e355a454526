"""Admin's step between changing a session and telling people: a slip that is put right at once tells nobody."""

import hashlib

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from .models import AsItWas, Change, Session


class ChangesPage:
    """For the admin of sessions, and of tracks: asks on a page of its own whether to publish what a save changed."""

    def sessions_of(self, pk):
        """The sessions that the page of this row is about."""
        return Session.objects.filter(pk=pk)

    def get_urls(self):
        page = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.changes_page))
        return [path("<int:pk>/changes/", page, name=self.changes_route), *super().get_urls()]

    @property
    def changes_route(self):
        return f"agenda_{self.opts.model_name}_changes"

    def changes_asked_about(self, pk, answer):
        """Instead of the answer to a save, the page of changes, if there is something to tell."""
        if answer.status_code == 302 and Change.objects.drafts().filter(session__in=self.sessions_of(pk)).exists():
            return redirect(f"admin:{self.changes_route}", pk)
        return answer

    def changes_page(self, request, pk):
        may_change = self.has_change_permission(request) and request.user.has_perm("agenda.change_session")
        may_see = self.has_view_or_change_permission(request) and request.user.has_perm("agenda.view_session")
        if not (may_change or (may_see and request.method != "POST")):
            raise PermissionDenied
        row = self.model.objects.filter(pk=pk).first()
        if row is None:
            raise Http404("No such row.")
        if request.method == "POST":
            self.take_step(request, pk)
            return redirect(f"admin:{self.changes_route}", pk)
        drafts = list(self.drafts_of(pk))
        for draft in drafts:
            draft.line = line_of(draft)
            draft.for_everyone = draft.public and AsItWas.of(draft.session).public
        context = self.admin_site.each_context(request) | {
            "title": "Tell people?" if drafts else "What people were told",
            "row": row,
            "row_url": reverse(f"admin:agenda_{self.opts.model_name}_change", args=[pk]),
            "opts": self.opts,
            "drafts": drafts,
            "told": Change.objects.published().filter(session__in=self.sessions_of(pk)).newest_first(),
            "may_change": may_change,
            "list_url": reverse(f"admin:agenda_{self.opts.model_name}_changelist"),
        }
        return render(request, "admin/agenda/changes.html", context)

    def drafts_of(self, pk):
        drafts = Change.objects.drafts().filter(session__in=self.sessions_of(pk))
        return drafts.select_related("session__track__event").order_by("session__number", "session", "pk")

    def take_step(self, request, pk):
        """Publish or forget what is ticked, as it stood on the page; what was changed since is left and told."""
        ticked = set(request.POST.getlist("line"))
        with transaction.atomic():
            chosen = [one for one in self.drafts_of(pk) if line_of(one) in ticked]
            if request.POST.get("step") == "publish":
                done = [one for one in chosen if one.publish(by=request.user)]
                said = "Published: {}"
            else:
                done = [one for one in chosen if request.POST.get("step") == "forget" and one.forget()]
                said = "Forgotten, and told to nobody: {}"
            for one in done:
                self.log_change(request, one.session, said.format(one))
        for one in done:
            self.message_user(request, said.format(one))
        if not ticked:
            self.message_user(request, "Nothing was ticked, and nobody was told.", "warning")
        elif len(done) < len(ticked):
            self.message_user(request, "Somebody changed this meanwhile. Look at it as it is now.", "warning")


def line_of(draft):
    """What a tick stands for: this draft, with these words."""
    return f"{draft.uid}:{hashlib.sha256(draft.after.encode()).hexdigest()[:16]}"
