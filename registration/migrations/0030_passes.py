import secrets

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import registration.models.passes

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def make_for_those_approved(apps, schema_editor):
    """As an approval does from now on. One that is to be confirmed gets its pass when it is."""
    AccessRequest, Pass = apps.get_model("registration", "AccessRequest"), apps.get_model("registration", "Pass")
    approved = list(AccessRequest.objects.filter(state="approved", to_confirm=False).values_list("pk", flat=True))
    letters = set()
    while len(letters) < len(approved):
        letters.add("".join(secrets.choice(LETTERS) for _ in range(6)))
    rows = [
        Pass(request_id=pk, public_id=public_id, door_id=secrets.token_hex(16))
        for pk, public_id in zip(approved, letters, strict=True)
    ]
    Pass.objects.bulk_create(rows, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0029_announcements"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=registration.models.passes.new_public_id,
                        max_length=6,
                        unique=True,
                        validators=[django.core.validators.RegexValidator("^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]+\\Z")],
                    ),
                ),
                ("generation", models.PositiveIntegerField(default=1)),
                (
                    "door_id",
                    models.CharField(default=registration.models.passes.new_door_id, max_length=32, unique=True),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "request",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entry_pass",
                        to="registration.accessrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "pass",
                "verbose_name_plural": "passes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("generation__gte", 1)),
                        name="a_pass_was_made_once",
                        violation_error_message="From 1 on.",
                    )
                ],
            },
        ),
        migrations.RunPython(make_for_those_approved, migrations.RunPython.noop),
    ]
