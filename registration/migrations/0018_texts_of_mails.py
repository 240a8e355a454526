import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from registration import roles


def give_to_administrators(apps, schema_editor):
    roles.give(apps, just={"registration.view_mailtext", "registration.change_mailtext"})


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0017_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="MailText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=10)),
                ("subject", models.CharField(max_length=150)),
                (
                    "text",
                    models.TextField(max_length=5000, validators=[django.core.validators.MaxLengthValidator(5000)]),
                ),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "text of a mail",
                "verbose_name_plural": "texts of mails",
                "ordering": ["purpose", "language"],
                "default_permissions": ("view", "change"),
                "constraints": [
                    models.UniqueConstraint(fields=("purpose", "language"), name="one_text_a_purpose_and_language")
                ],
            },
        ),
        migrations.RunPython(give_to_administrators, migrations.RunPython.noop),
    ]
