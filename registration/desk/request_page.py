"""One request on a page: all that a decision needs."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse

from cacc_techtrack.row_keys import is_key

from ..addresses import for_the_desk
from ..models import AccessRequest
from ..steps import State
from . import background, waiting
from .leaving import mark_deletions
from .line import FILTERS, LINES
from .twins import turned_away_twins
from .words import DecisionForm, buttons_for


class RequestPage:
    """For ``AccessRequestAdmin``."""

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        one = self.get_object(request, object_id)
        if one is None:
            raise Http404
        return self.request_page(request, one, DecisionForm(initial={"version": one.version}))

    def request_page(self, request, one, form, *, seen=None, mail=None, is_full=False):
        """The request with all that a decision needs.

        ``seen`` is the version that a refused form was opened with, ``mail`` one to look at before it goes;
        ``is_full`` says that an approval found no place, and the waiting list is left.
        """
        one.twins = turned_away_twins([one])[one.pk]
        waiting.number([one])
        mark_deletions([one])
        standing = background.standing_of(one)
        others, more_others = background.others_from_there(one, standing)
        return TemplateResponse(
            request,
            "admin/registration/accessrequest/request.html",
            self.admin_site.each_context(request)
            | self.mails_context(request, one)
            | {
                "title": one.full_name,
                "opts": self.opts,
                "one": one,
                "address": for_the_desk(one.person.email),
                "standing": standing,
                "decisions": one.decisions.all(),
                "edits": one.edits.all(),
                "confirmations": one.confirmations.all(),
                "since": background.Since(one, seen) if seen is not None else None,
                "is_proven": one.person.has_proven_address(),
                "has_agreed": one.person.rules_acceptances.exists(),
                "earlier": background.earlier_of_the_person(one),
                "others": others,
                "more_others": more_others,
                "places": background.places_of(one.event),
                "buttons": buttons_for(one) if self.has_decide_permission(request) else [],
                "form": form,
                "shown_mail": mail,
                "is_full": is_full,
                "decide_address": self.address_of(request, one, "decide"),
                "preview_address": self.address_of(request, one, "preview"),
                "later_address": self.address_of(request, one, "later"),
                "is_in_line": one.state in LINES,
                "list_filters": request.GET.get(FILTERS, ""),
                "pending": self.line(request, State.PENDING).count(),
                "done": self.what_was_done(request),
            },
        )

    def what_was_done(self, request):
        """The request that this organiser decided on just now, as long as nothing has happened to it since, or None.

        The page before named it; it is shown with a way to take the decision back.
        """
        pk = request.GET.get("done", "")
        if not is_key(pk) or not self.has_decide_permission(request):
            return None
        one = AccessRequest.objects.select_related("person").filter(pk=pk).first()
        last = one and one.decisions.prefetch_related("mails").order_by("-pk").first()
        if not last or last.actor_id != request.user.pk or not last.begin or last.to == State.PENDING:
            return None
        return {
            "one": one,
            "mail": next(iter(last.mails.all()), None),
            "address": self.address_of(request, one),
            "undo_address": self.address_of(request, one, "decide") if "reopen" in one.next_steps() else "",
        }
