"""Turns of people at a connection, and the line that is read in their order."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_test_begun"),
        ("jobs", "0007_booked_for_good"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.connection",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "owner"), name="turn_once_per_person")
                ],
            },
        ),
        migrations.RemoveIndex(model_name="submission", name="submission_open"),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["connection", "state", "owner", "id"], name="submission_line"),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("first_at__isnull", False), ("state", "queued")),
                fields=["connection", "-first_at"],
                name="submission_moved_first",
            ),
        ),
    ]
