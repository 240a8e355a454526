"""Makes or promotes an organiser, and prints how they sign in (``make organiser EMAIL=…``)."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from registration.models import Alarm, Cause, User
from registration.second_factor import has_second_factor
from registration.sign_in import enrolment


class Command(BaseCommand):
    help = "Makes or promotes an organiser (administrator) and prints how to sign in."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument(
            "--lost-device",
            action="store_true",
            help="the last resort, when no other administrator is there: removes this organiser's second factors, ends "
            "their login sessions and prints a new enrolment code",
        )
        parser.add_argument("--name", default="", help="how decisions name this organiser")

    def handle(self, *, email, name, lost_device, **options):
        if lost_device:
            return self.start_way_back(email)
        try:
            with transaction.atomic():
                user = User.objects.get_or_create_for(email)
                was_organiser = user.is_staff
                if not was_organiser:
                    Alarm.objects.sound(Cause.ORGANISER)  # to those who are administrators already
                elif not user.is_superuser:
                    Alarm.objects.sound(Cause.ADMINISTRATOR)
                user.is_staff = user.is_superuser = user.is_active = True
                user.name = name or user.name
                user.save()
                if not was_organiser:
                    user.authenticator_set.all().delete()  # whatever was set up before counts for nothing
                code = None if has_second_factor(user) else enrolment.new_code(user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None

        self.stdout.write(f"{user.email} is an organiser.")
        self.stdout.write(f"Sign in at {settings.SITE_URL}{reverse('admin:index')} with a code sent to that address.")
        if code:
            self.stdout.write(
                f"Enrolment code for the second factor, good once, for {enrolment.LIFE.days} days: {code}"
            )
            self.stdout.write(
                "A second factor can be set up at "
                f"{settings.SITE_URL}{reverse('mfa_activate_totp')}"
                + ("." if settings.LOCAL else "; admin asks for it.")
            )
        else:
            self.stdout.write("The second factor that was set up before still holds.")
        return None

    def start_way_back(self, email):
        user = User.objects.filter(email=email.strip().lower(), is_staff=True).first()
        if user is None:
            raise CommandError(f"{email} is no organiser.")
        code = enrolment.start_way_back(user)
        self.stdout.write(f"{user.email} has no second factor any more, is signed out everywhere, and is told by mail.")
        self.stdout.write(f"Enrolment code for a new one, good once, for {enrolment.LIFE.days} days: {code}")
