"""Events and sessions get what calendars know them by. A default that is random is made for each row on its own."""

import uuid

import django.utils.timezone
from django.db import migrations, models


def give_ids(apps, schema_editor):
    for name in ("Event", "Session"):
        for row in apps.get_model("agenda", name).objects.all():
            row.uid = uuid.uuid4()
            row.save(update_fields=["uid"])


class Migration(migrations.Migration):
    dependencies = [("agenda", "0005_changes_of_the_programme")]

    operations = [
        *[
            migrations.AddField(model, name, field)
            for model in ("event", "session")
            for name, field in {
                "uid": models.UUIDField(default=uuid.uuid4, editable=False, null=True),
                "sequence": models.PositiveIntegerField(default=0, editable=False),
                "changed_at": models.DateTimeField(default=django.utils.timezone.now, editable=False),
            }.items()
        ],
        migrations.RunPython(give_ids, migrations.RunPython.noop),
        *[
            migrations.AlterField(model, "uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True))
            for model in ("event", "session")
        ],
    ]
