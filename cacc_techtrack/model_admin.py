"""What all pages of admin share: they tell nothing beyond a person's rights, and no odd address breaks them."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied

ENDINGS = ("", "__exact", "__id__exact", "__isnull")  # of the addresses that admin's own filters make


class ModelAdmin(admin.ModelAdmin):
    def lookup_allowed(self, lookup, value, request):
        """Only what ``list_filter`` offers: any other look-up could ask about rows that one may not see."""
        filters = self.get_list_filter(request)
        offered = [getattr(one, "parameter_name", one) for one in filters]
        return any(lookup == f"{name}{ending}" for name in offered for ending in ENDINGS)

    def history_view(self, request, object_id, extra_context=None):
        """Rights first: whether a row exists is told only to those who may see it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)
