from django.db import migrations

from registration import roles


def make_roles(apps, schema_editor):
    roles.give(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0006_stamps"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("registration", "0016_how_requests_came"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="accessrequest",
            options={
                "ordering": ["asked_at", "pk"],
                "permissions": [
                    ("decide_accessrequest", "Can decide access requests"),
                    ("see_reasons_accessrequest", "Can see the reasons kept inside"),
                    ("see_needs_accessrequest", "Can see access and dietary needs"),
                    ("enter_accessrequest", "Can enter requests by hand and invite"),
                    ("mend_accessrequest", "Can correct addresses and merge requests"),
                    ("read_out_code_accessrequest", "Can read out a sign-in code"),
                    ("export_accessrequest", "Can export access requests"),
                    ("write_to_people_accessrequest", "Can send a mail to many"),
                    ("forget_accessrequest", "Can delete people's data when they ask for it"),
                ],
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
