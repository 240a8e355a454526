"""What each role may do: the groups that migrations make, and the permissions of their members.

Whoever is made an organiser is given a role in admin, on their page. People and groups are no permission of any role:
they stay with superusers, or who may change a group could make themselves whatever they like.
"""

from django.contrib.auth.management import create_permissions

VIEWER, MODERATOR, EDITOR, ADMINISTRATOR = "Viewer", "Moderator", "Programme editor", "Administrator"
STEWARD = "Door steward"  # no organiser: who has this role alone enters no admin


def _all_of(app, *models):
    return [f"{app}.{verb}_{model}" for model in models for verb in ("view", "add", "change", "delete")]


AT_THE_DOOR = ["registration.work_at_door"]
_READS = ["registration.view_accessrequest"]
_DECIDES = [
    "registration.decide_accessrequest",
    "registration.see_reasons_accessrequest",
    "registration.see_needs_accessrequest",
    "registration.enter_accessrequest",
    "registration.mend_accessrequest",
    "registration.read_out_code_accessrequest",
    "agenda.view_organisation",
]
_EDITS = _all_of(
    "agenda", "event", "track", "session", "organisation", "speaker", "participation", "announcement", "material"
)
_KEEPS = [
    "registration.export_accessrequest",
    "registration.write_to_people_accessrequest",
    "registration.forget_accessrequest",
    "registration.view_record",
    "registration.view_mailtext",
    "registration.change_mailtext",
]

PERMISSIONS = {
    VIEWER: _READS,
    MODERATOR: [*_READS, *_DECIDES, *AT_THE_DOOR],
    EDITOR: _EDITS,
    ADMINISTRATOR: [*_READS, *_DECIDES, *_EDITS, *_KEEPS, *AT_THE_DOOR],
    STEWARD: AT_THE_DOOR,
}


def give(apps, *, just=None):
    """Make the groups, or take those of these names, and add the permissions that exist by now; takes none away.

    For migrations, whose ``apps`` this takes: on an empty database Django has made no permission yet. ``just`` names
    those that a later migration brought, so that what somebody took from a role meanwhile is not given back.
    """
    for label in ("agenda", "registration"):
        config = apps.get_app_config(label)
        config.models_module = getattr(config, "models_module", None) or True  # what create_permissions asks of an app
        create_permissions(config, apps=apps, verbosity=0)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, permissions in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=name)
        for permission in permissions:
            if just is None or permission in just:
                label, codename = permission.split(".")
                found = Permission.objects.filter(content_type__app_label=label, codename=codename)
                group.permissions.add(*found)
