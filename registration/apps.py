from django.apps import AppConfig
from django.db.models.signals import post_delete


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "People and requests"

    def ready(self):
        from allauth.mfa.models import Authenticator

        from .second_factor import removed

        post_delete.connect(removed, sender=Authenticator)  # allauth deletes it, and so do we, in several places
