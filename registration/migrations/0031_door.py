import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from registration import roles


def give_to_those_at_the_door(apps, schema_editor):
    roles.give(apps, just={"registration.work_at_door"})


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0009_participations_with_names"),
        ("registration", "0030_passes"),
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
                    ("work_at_door", "Can work at the door"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("came_at", models.DateTimeField(verbose_name="came")),
                ("came_door", models.CharField(max_length=40, verbose_name="came by the door")),
                ("left_at", models.DateTimeField(null=True, verbose_name="left")),
                ("left_door", models.CharField(blank=True, max_length=40, verbose_name="left by the door")),
                (
                    "came_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "left_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="registration.accessrequest",
                    ),
                ),
            ],
            options={
                "ordering": ["came_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at", None)),
                        fields=("request",),
                        name="inside_once",
                        violation_error_message="This person is inside already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("left_at", None), ("left_at__gte", models.F("came_at")), _connector="OR"),
                        name="left_after_coming",
                        violation_error_message="Nobody leaves before they came.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("in", "check-in"), ("out", "check-out"), ("undo", "taken back")], max_length=4
                    ),
                ),
                ("door", models.CharField(max_length=40)),
                ("at", models.DateTimeField(verbose_name="when")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received")),
                ("offline", models.BooleanField(default=False, verbose_name="without a network")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("admitted", "admitted"),
                            ("already-inside", "already inside"),
                            ("left", "left"),
                            ("not-inside", "not inside"),
                            ("undone", "undone"),
                            ("not-valid", "not valid"),
                        ],
                        max_length=14,
                    ),
                ),
                ("since", models.DateTimeField(null=True, verbose_name="inside since")),
                ("since_door", models.CharField(blank=True, max_length=40, verbose_name="by the door")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scans", to="agenda.event"
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="registration.accessrequest",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="registration.scan",
                    ),
                ),
            ],
            options={
                "ordering": ["received_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("offline", True)),
                        fields=["event", "received_at"],
                        name="scans_sent_later",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["in", "out", "undo"])), name="known_kind_of_scan"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                ["admitted", "already-inside", "left", "not-inside", "undone", "not-valid"],
                            )
                        ),
                        name="known_outcome_of_scan",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome", "not-valid"), ("request__isnull", False), _connector="OR"),
                        name="whose_pass_it_was_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("undoes", None), ("kind", "undo"), _connector="OR"),
                        name="undone_by_an_undo",
                    ),
                ],
            },
        ),
        migrations.RunPython(give_to_those_at_the_door, migrations.RunPython.noop),
    ]
