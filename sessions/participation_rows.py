"""Who takes part, a row each, on a session's page in admin."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect

from cacc_techtrack.row_keys import CarefulKeys

from .models import Participation

WHO = ("organisation", "speaker")


class AtHand(AutocompleteSelect):
    """Admin's box that searches as one types; what its row came with it shows without asking for it once more."""

    chosen = None

    def optgroups(self, name, value, attrs=None):
        if self.chosen is None or [str(one) for one in value] != [str(self.chosen.pk)]:
            return super().optgroups(name, value, attrs)
        none = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        return [(None, [*none, self.create_option(name, self.chosen.pk, str(self.chosen), True, 0)], 0)]


class ParticipationForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in set(WHO) & set(self.fields):
            self.fields[name].widget.widget.chosen = getattr(self.instance, name)


class ParticipationInline(CarefulKeys, admin.TabularInline):
    model = Participation
    form = ParticipationForm
    extra = 0
    autocomplete_fields = WHO
    view_on_site = False  # whose address is switched off

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*WHO)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in WHO:
            kwargs["widget"] = AtHand(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
