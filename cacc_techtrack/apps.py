from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "cacc_techtrack.admin_site.TechTrackAdminSite"

    def ready(self):
        super().ready()
        from . import checks  # noqa: F401  # registers them
