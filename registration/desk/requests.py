"""Requests at the desk: their list, one request, deciding on it, and on several at once. Each has its own module."""

from django.core.exceptions import PermissionDenied

from .bulk import BulkDecisions
from .by_hand import EnteringByHand
from .circulars import WritingToPeople
from .deciding import Deciding
from .export import Exporting
from .hearing import Hearing
from .line import Line
from .mails import ReadOnlyAdmin
from .mending import Mending
from .request_list import RequestList
from .request_mails import MailsOfARequest
from .request_page import RequestPage


class AccessRequestAdmin(
    EnteringByHand,
    BulkDecisions,
    Deciding,
    Exporting,
    Hearing,
    Line,
    MailsOfARequest,
    Mending,
    RequestPage,
    WritingToPeople,
    RequestList,
    ReadOnlyAdmin,
):
    actions = [*BulkDecisions.actions, *Exporting.actions, *WritingToPeople.actions]

    def has_decide_permission(self, request):
        """Who decides must see what they decide; a refused decision shows the request."""
        return self.has_view_permission(request) and request.user.has_perm("registration.decide_accessrequest")

    def check_may_decide(self, request):
        if not self.has_decide_permission(request):
            raise PermissionDenied
