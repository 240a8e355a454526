"""The outbox in admin: what went out, to whom, and what the mail server said. Read only."""

from cacc_techtrack.model_admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class MailAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "purpose", "recipient", "state", "tries", "answer"]
    list_filter = ["state", "purpose"]
    search_fields = ["recipient"]
    fields = [
        "purpose",
        "recipient",
        "language",
        "state",
        "created_at",
        "due_at",
        "tries",
        "ended_at",
        "answer",
    ]
    actions = None
