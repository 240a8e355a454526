from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "agenda"  # django.contrib.sessions has the label "sessions"
    verbose_name = "Programme"
