"""Groups in admin: what their members may do is for administrators to say, whatever else somebody was permitted."""

from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin

from cacc_techtrack.model_admin import ModelAdmin


class GroupAdmin(ModelAdmin, DjangoGroupAdmin):
    """Who could change a group could give its members, and so themselves, every permission there is."""

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser
