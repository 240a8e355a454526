"""The line of those who wait for a decision: who comes next, as the list was filtered when it was left."""

from copy import copy

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from ..models import AccessRequest
from ..steps import State

FILTERS = "_changelist_filters"  # where admin's own links keep them
IN_ORDER = {State.PENDING: "asked_at", State.WAITING: "waiting_since"}
LINES = tuple(IN_ORDER)
NO_FILTERS = ("state", "done", "p", "o", "all", "e", "_popup", "_to_field", "_facets")


class Line:
    """For ``AccessRequestAdmin``."""

    def get_urls(self):
        later = path(
            "<int:pk>/later/",
            self.admin_site.admin_view(require_safe(self.later)),
            name="registration_accessrequest_later",
        )
        return [later, *super().get_urls()]

    def line(self, request, state):
        """All requests in this state that the list's filters leave, in the order in which they came there."""
        asked = copy(request)
        asked.GET = QueryDict(request.GET.get(FILTERS, ""), mutable=True)
        for name in NO_FILTERS:
            asked.GET.pop(name, None)
        asked.GET["state"] = state
        try:
            found = self.get_changelist_instance(asked).queryset
        except IncorrectLookupParameters:
            found = self.get_queryset(request).filter(state=state)
        return found.order_by(IN_ORDER[state], "pk")

    def next_in_line(self, request, one, state):
        """Whoever came after ``one`` did, else from the front: who was put off comes last."""
        line, order = self.line(request, state), IN_ORDER[state]
        came = getattr(one, order)
        later = Q(**{f"{order}__gt": came}) | Q(**{order: came, "pk__gt": one.pk})
        from_here = Q(**{f"{order}__gte": came})  # said again, since an index is not read by what stands in an "or"
        return (line.filter(from_here, later).first() if came else None) or line.exclude(pk=one.pk).first()

    def later(self, request, pk):
        """Leave this one as it is and go on to the next of its line, else of those who are pending."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        one = AccessRequest.objects.filter(pk=pk).first()
        if one is None:
            raise Http404
        state = one.state if one.state in LINES else State.PENDING
        return self.lead_to(request, self.next_in_line(request, one, state))

    def go_on(self, request, before, **more):
        """To the next of the line in which a request was ``before``; to itself if it was in none."""
        in_line = before.state in LINES
        following = self.next_in_line(request, before, before.state) if in_line else before
        return self.lead_to(request, following, **more)

    def lead_to(self, request, one, **more):
        """To the page of ``one``, or to the list if there is none."""
        if one:
            return redirect(self.address_of(request, one, **more))
        filters = QueryDict(request.GET.get(FILTERS, "")).dict()
        return redirect(_with(reverse("admin:registration_accessrequest_changelist"), filters | more))

    def address_of(self, request, one, page="change", **more):
        """A page of ``one`` that remembers how the list was filtered."""
        filters = request.GET.get(FILTERS)
        remembered = {FILTERS: filters} if filters else {}
        return _with(reverse(f"admin:registration_accessrequest_{page}", args=[one.pk]), remembered | more)


def _with(address, query):
    return f"{address}?{urlencode(query)}" if query else address
