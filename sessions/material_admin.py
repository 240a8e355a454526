"""Materials in admin: a form with a file, which is looked into before anything is written."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cacc_techtrack.guarded_form import GuardedForm
from cacc_techtrack.model_admin import ModelAdmin

from .materials.names import is_seen
from .models import Material, Session

KINDS = "PDF, PowerPoint (.pptx), Word (.docx), OpenDocument (.odp, .odt), PNG, JPEG or plain text"
ACCEPT = ".pdf,.pptx,.docx,.odp,.odt,.png,.jpg,.jpeg,.txt"  # what the browser offers first; the file itself decides


class MaterialForm(GuardedForm):
    """``looked_at`` is what came of looking into the file that was sent: ``Checked``, ``Refused``, or None."""

    guarded = ("key", "session_id", "audience", "stamped")
    guarded_as = "file, its session or who it is for"
    looked_at = None
    upload = forms.FileField(
        label="File", required=False, max_length=1000, widget=forms.FileInput(attrs={"accept": ACCEPT})
    )

    class Meta:
        model = Material
        fields = ["session", "title", "audience", "tlp", "stamped", "position"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "upload" not in self.fields:  # who may only look
            return
        there = f"{self.instance.name} stays unless you choose another. " if self.instance.pk else ""
        self.fields["upload"].required = not self.instance.pk
        self.fields["upload"].help_text = f"{there}{KINDS}; at most {settings.MATERIAL_MAX_MB} MB."

    def clean_title(self):
        title = self.cleaned_data["title"]
        if not all(is_seen(letter) for letter in title):
            raise ValidationError(
                "This text holds a character that cannot be seen. Type it anew instead of pasting it."
            )
        return title

    def clean_upload(self):
        from .materials.checking import Checked, Refused

        if isinstance(self.looked_at, Refused):
            raise ValidationError(str(self.looked_at))
        if isinstance(self.looked_at, Checked):
            self.instance.content_type = self.looked_at.content_type  # what the rest of the form is judged by
            self.instance.size = len(self.looked_at.content)
            return self.looked_at
        return None

    def clean(self):
        cleaned = super().clean()
        if "upload" in cleaned and cleaned.get("session"):
            self._check_stamp(cleaned)
        return cleaned

    def _check_stamp(self, cleaned):
        """A PDF that ought to bear something on its pages must be able to, or nobody would get it."""
        label = cleaned.get("tlp") or cleaned["session"].tlp
        if cleaned.get("stamped") and not self.instance.is_pdf:
            self.add_error("stamped", "Only a PDF can bear the reader's name.")
        if not (self.instance.is_pdf and (label or cleaned.get("stamped"))):
            return
        new = cleaned["upload"]
        if new:
            why, field = new.cannot_be_stamped, "upload"
        elif label != self._label_before() or "stamped" in self.changed_data:
            why, field = _why_not(self.instance), "stamped" if "stamped" in self.changed_data else "tlp"
        else:
            return
        if why:
            self.add_error(
                field, f"The label{' and the name' if cleaned.get('stamped') else ''} would not go on it: {why}"
            )

    def _label_before(self):
        row = Material.objects.select_related("session").filter(pk=self.instance.pk).first()
        return row.label if row else ""


def _why_not(material):
    """Why the file that is there cannot be stamped, or nothing."""
    from .materials.stamping import CannotStamp, can_be_stamped

    try:
        with default_storage.open(material.file.name) as file:
            can_be_stamped(file.read())
    except CannotStamp as error:
        return str(error)
    except OSError:
        return "the file is not there. Upload it anew."
    return ""


@admin.register(Material)
class MaterialAdmin(ModelAdmin):
    form = MaterialForm
    fields = ["session", "title", "upload", "audience", "tlp", "stamped", "position", "address", "said", "seen"]
    readonly_fields = ["address", "said"]
    list_display = ["__str__", "session", "audience", "tlp", "kind", "bytes", "position"]
    list_filter = ["session__track__event", "audience"]
    list_select_related = ["session"]
    search_fields = ["title", "name"]
    view_on_site = False

    @admin.display(description="kind")
    def kind(self, material):
        return material.get_content_type_display()

    @admin.display(description="size", ordering="size")
    def bytes(self, material):
        return filesizeformat(material.size)

    @admin.display(description="file there is")
    def address(self, material):
        if not material.pk:
            return "none yet"
        said = f"{material.get_content_type_display()}, {filesizeformat(material.size)}"
        return format_html('<a href="{}"><bdi>{}</bdi></a> ({})', material.get_absolute_url(), material.name, said)

    @admin.display(description="found in it")
    def said(self, material):
        lines = material.found.splitlines()
        return (
            format_html_join(SafeString("<br>"), "<bdi>{}</bdi>", ((line,) for line in lines)) or "nothing about people"
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.looked_at = getattr(request, "looked_at", None)
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "session":
            kwargs["queryset"] = Session.objects.in_order_of_days()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The file is looked into before the transaction begins: of a large one that takes seconds."""
        may = self.has_change_permission(request) if object_id else self.has_add_permission(request)
        if request.method == "POST" and may and (upload := request.FILES.get("upload")):
            from .materials import checking  # only now: its libraries take long to load

            try:
                request.looked_at = checking.look_at(upload)
            except checking.Refused as refused:
                request.looked_at = refused
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        """What a new file tells of people is looked at first, by organisers: only then is it for anybody else."""
        new = form.cleaned_data.get("upload")
        if new is None:
            obj.save()
            return
        if new.found and not obj.is_for_organisers:
            obj.audience = Material.Reader.ORGANISERS
            said = (
                "Nobody but organisers gets it yet, since it tells of people: {}. If others may read that, choose so."
            )
            messages.warning(request, said.format("; ".join(new.found)))
        elif new.found:
            messages.warning(request, f"It tells of people: {'; '.join(new.found)}.")
        if new.removed:
            messages.info(request, f"Taken out of the picture: {'; '.join(new.removed)}.")
        obj.put(new)


class MaterialsOfASession:
    """Mixed into the admin of sessions: what there is, and the way to add some."""

    @admin.display(description="materials")
    def materials(self, session):
        if not session.pk:
            return "Save the session first."
        rows = [
            (reverse("admin:agenda_material_change", args=[one.pk]), one, one.get_audience_display())
            for one in session.materials.in_order()
        ]
        there = format_html_join("", '<li><a href="{}"><bdi>{}</bdi></a> ({})</li>', rows)
        add = f"{reverse('admin:agenda_material_add')}?session={session.pk}"
        return format_html('<ul>{}<li><a href="{}">Add material</a></li></ul>', there, add)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "materials"] if request.user.has_perm("agenda.view_material") else fields
