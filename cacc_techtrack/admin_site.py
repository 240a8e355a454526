"""Admin, entered with a code and, on a real site, a second factor; never with a password."""

from functools import wraps

from allauth.account.adapter import get_adapter
from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import ForeignKey, ManyToManyField
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode

from registration.second_factor import has_second_factor, may_enter_admin

from .row_keys import CarefulKeys, look_at_keys


class TechTrackAdminSite(AdminSite):
    site_title = "Tech Track"
    site_header = "Tech Track · organisers"
    index_title = "Desk"
    enable_nav_sidebar = True

    def register(self, model_or_iterable, admin_class=None, **options):
        """allauth's own pages stay out: they would let an organiser prove an address, or take a factor away."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        ours = [model for model in models if model._meta.app_label not in {"account", "mfa"}]
        admin_class = admin_class or ModelAdmin
        careful = type(admin_class.__name__, (CarefulKeys, admin_class), {"__module__": admin_class.__module__})
        super().register(ours, careful, **options)

    def has_permission(self, request):
        return may_enter_admin(request)

    def admin_view(self, view, cacheable=False):
        """Someone who is signed in and no organiser gets the same 404 for every address below admin."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def outer(request, *args, **kwargs):
            refuse_outsiders(request)
            look_at_keys(request)
            return inner(request, *args, **kwargs)

        return outer

    def login(self, request, extra_context=None):
        """Lead to what is still missing: signing in, enrolling a second factor, or giving it."""
        refuse_outsiders(request)
        wanted = request.GET.get("next", "")
        back = {"next": wanted if wanted and get_adapter(request).is_safe_url(wanted) else reverse("admin:index")}
        if not request.user.is_authenticated:
            return redirect(reverse("account_login") + "?" + urlencode(back))
        if may_enter_admin(request):
            return HttpResponseRedirect(back["next"])
        if has_second_factor(request.user):
            return redirect(reverse("mfa_reauthenticate") + "?" + urlencode(back))
        return redirect("mfa_activate_totp")

    def index(self, request, extra_context=None):
        from registration.desk.first_page import parts_for

        return super().index(request, parts_for(request.user) | (extra_context or {}))

    def logout(self, request, extra_context=None):
        """Signing out is one page for everyone."""
        return redirect("account_logout")

    def password_change(self, request, extra_context=None):
        raise Http404("Nobody has a password.")

    def password_change_done(self, request, extra_context=None):
        raise Http404("Nobody has a password.")

    def autocomplete_view(self, request):
        """Only for fields that are links to another model; admin itself breaks on others."""
        if request.method not in {"GET", "HEAD"}:
            return super().autocomplete_view(request)  # which says that it takes no such method
        try:
            model = apps.get_model(request.GET.get("app_label", ""), request.GET.get("model_name", ""))
            field = model._meta.get_field(request.GET.get("field_name", ""))
        except (LookupError, ValueError, FieldDoesNotExist):
            raise PermissionDenied from None
        if not isinstance(field, ForeignKey | ManyToManyField):
            raise PermissionDenied
        return super().autocomplete_view(request)

    def get_urls(self):
        # Admin's "view on site" redirect would tell which rows exist; its name stays, since admin reverses it.
        from registration.desk.badges import badges_page
        from registration.desk.health import health_page  # these ask models, which are ready only now
        from registration.seeing import see_as

        return [
            path("r/<path:content_type_id>/<path:object_id>/", self.no_view_on_site),
            path("health/", self.admin_view(health_page(self)), name="health"),
            path("registration/pass/badges/", self.admin_view(badges_page(self)), name="badges"),
            path("see-as/", self.admin_view(see_as), name="see_as"),
            *super().get_urls(),
        ]

    def no_view_on_site(self, request, **kwargs):
        raise Http404("Switched off.")


def refuse_outsiders(request):
    if request.user.is_authenticated and not (request.user.is_active and request.user.is_staff):
        raise Http404("Not an organiser.")
