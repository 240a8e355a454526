"""Who edits the programme may announce, and a mail to many may tell of an announcement."""

import django.db.models.deletion
from django.db import migrations, models

from registration import roles

OF_ANNOUNCEMENTS = [f"agenda.{verb}_announcement" for verb in ("view", "add", "change", "delete")]


def add_to_roles(apps, schema_editor):
    roles.give(apps, just=OF_ANNOUNCEMENTS)


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0010_announcements"),
        ("registration", "0028_indexes_of_the_desk"),
    ]

    operations = [
        migrations.AddField(
            model_name="circular",
            name="announcement",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="circular",
                to="agenda.announcement",
            ),
        ),
        migrations.RunPython(add_to_roles, migrations.RunPython.noop),
    ]
