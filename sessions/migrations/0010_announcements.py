import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from sessions import triggers


class Migration(migrations.Migration):
    dependencies = [("agenda", "0009_participations_with_names")]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "audience",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "everyone"),
                            (1, "guests, who may read the private sessions"),
                            (2, "organisers alone"),
                        ],
                        verbose_name="for",
                    ),
                ),
                (
                    "text",
                    models.TextField(max_length=400, validators=[django.core.validators.MaxLengthValidator(400)]),
                ),
                (
                    "text_es",
                    models.TextField(
                        blank=True,
                        max_length=400,
                        validators=[django.core.validators.MaxLengthValidator(400)],
                        verbose_name="text in Spanish",
                    ),
                ),
                ("begins_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                ("ended_before", models.DateTimeField(editable=False, null=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("made_by_name", models.CharField(blank=True, editable=False, max_length=150)),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="announcements",
                        to="agenda.event",
                    ),
                ),
            ],
            options={
                "ordering": ["-begins_at", "-pk"],
                "indexes": [models.Index(fields=["event", "ends_at"], name="announcements_of_an_event")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begins_at"))),
                        name="announcement_ends_after_it_begins",
                        violation_error_message="It must end after it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("audience__in", [0, 1, 2])),
                        name="announcement_for_a_known_audience",
                        violation_error_message="It is for everyone, for guests, or for organisers.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="announcement_says_something",
                        violation_error_message="Write what it says.",
                    ),
                ],
            },
        ),
        migrations.RunPython(triggers.make, migrations.RunPython.noop),
    ]
