"""What every template may use. Asks the database nothing."""

from django.conf import settings


def site(request):
    return {
        "contact_email": settings.CONTACT_EMAIL,
        "responsible": settings.RESPONSIBLE,
        "local": settings.LOCAL,
    }
