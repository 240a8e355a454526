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
    """For ``SessionAdmin``: asks on a page of its own whether to publish what a save changed."""

    def get_urls(self):
        page = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.changes_page))
        return [path("<int:pk>/changes/", page, name="agenda_session_changes"), *super().get_urls()]

    def response_change(self, request, obj):
        answer = super().response_change(request, obj)
        if Change.objects.drafts().filter(session=obj).exists():
            return redirect("admin:agenda_session_changes", obj.pk)
        return answer

    def changes_page(self, request, pk):
        session = Session.objects.select_related("track__event").filter(pk=pk).first()
        may = self.has_change_permission if request.method == "POST" else self.has_view_or_change_permission
        if not may(request, session):
            raise PermissionDenied
        if session is None:
            raise Http404("No such session.")
        if request.method == "POST":
            self.take_step(request, session)
            return redirect("admin:agenda_session_changes", pk)
        drafts = list(Change.objects.drafts().filter(session=session))
        for draft in drafts:
            draft.line = line_of(draft)
            draft.for_everyone = draft.public and AsItWas.of(session).public
        context = self.admin_site.each_context(request) | {
            "title": "Tell people?" if drafts else "What people were told",
            "session": session,
            "drafts": drafts,
            "told": Change.objects.published().filter(session=session).newest_first(),
            "may_change": self.has_change_permission(request, session),
            "list_url": reverse("admin:agenda_session_changelist"),
        }
        return render(request, "admin/agenda/session/changes.html", context)

    def take_step(self, request, session):
        """Publish or forget what is ticked, as it stood on the page; what was changed since is left and told."""
        ticked = set(request.POST.getlist("line"))
        with transaction.atomic():
            chosen = [one for one in Change.objects.drafts().filter(session=session) if line_of(one) in ticked]
            if request.POST.get("step") == "publish":
                done = [one for one in chosen if one.publish(by=request.user)]
                said = "Published: {}"
            else:
                done = [one for one in chosen if request.POST.get("step") == "forget" and one.forget()]
                said = "Forgotten, and told to nobody: {}"
            for one in done:
                self.log_change(request, session, said.format(one))
        for one in done:
            self.message_user(request, said.format(one))
        if not ticked:
            self.message_user(request, "Nothing was ticked, and nobody was told.", "warning")
        elif len(done) < len(ticked):
            self.message_user(request, "Somebody changed this meanwhile. Look at it as it is now.", "warning")


def line_of(draft):
    """What a tick stands for: this draft, with these words."""
    return f"{draft.uid}:{hashlib.sha256(draft.after.encode()).hexdigest()[:16]}"
