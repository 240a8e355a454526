import django.utils.timezone
from django.db import migrations, models

import sessions.models.materials
from sessions import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0011_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Material",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        default=sessions.models.materials.new_key, editable=False, max_length=32, unique=True
                    ),
                ),
                (
                    "title",
                    models.CharField(blank=True, help_text="The file's name, if you leave it empty.", max_length=200),
                ),
                (
                    "file",
                    models.FileField(
                        editable=False, max_length=100, unique=True, upload_to=sessions.models.materials.new_place
                    ),
                ),
                ("name", models.CharField(editable=False, max_length=120)),
                (
                    "content_type",
                    models.CharField(
                        choices=[
                            ("application/pdf", "PDF"),
                            (
                                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                                "PowerPoint",
                            ),
                            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"),
                            ("application/vnd.oasis.opendocument.presentation", "OpenDocument"),
                            ("application/vnd.oasis.opendocument.text", "OpenDocument text"),
                            ("image/png", "PNG"),
                            ("image/jpeg", "JPEG"),
                            ("text/plain", "text"),
                        ],
                        editable=False,
                        max_length=100,
                        verbose_name="kind",
                    ),
                ),
                ("size", models.PositiveIntegerField(editable=False)),
                (
                    "audience",
                    models.CharField(
                        choices=[("session", "whoever may read the session"), ("organisers", "organisers only")],
                        default="organisers",
                        max_length=10,
                        verbose_name="for",
                    ),
                ),
                (
                    "tlp",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("CLEAR", "TLP:CLEAR"),
                            ("GREEN", "TLP:GREEN"),
                            ("AMBER", "TLP:AMBER"),
                            ("AMBER+STRICT", "TLP:AMBER+STRICT"),
                            ("RED", "TLP:RED"),
                        ],
                        help_text="The session's, if left empty.",
                        max_length=12,
                        verbose_name="TLP label",
                    ),
                ),
                (
                    "stamped",
                    models.BooleanField(
                        default=False,
                        help_text="PDF alone. The time stands beside it. Nobody gets such a file without being signed in.",
                        verbose_name="with the reader's name on each page",
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="Place among the session's materials, from 1."
                    ),
                ),
                ("found", models.TextField(blank=True, editable=False, verbose_name="found in it")),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=sessions.models.materials.cascade_with_files,
                        related_name="materials",
                        to="agenda.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "material",
                "verbose_name_plural": "materials",
                "ordering": ["session", "position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("stamped", False), ("content_type", "application/pdf"), _connector="OR"),
                        name="only_pdf_bears_names",
                        violation_error_message="Only a PDF can bear the reader's name.",
                    ),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="material_is_not_empty"),
                ],
            },
        ),
        migrations.RunPython(triggers.make, migrations.RunPython.noop),
    ]
