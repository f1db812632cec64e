"""Clips that scripts ask for: by which token, known by which id, and told where."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# A random UUID of version 4 for each row that is there, by the database itself: there may be a million.
FILL = {
    "sqlite": """
        UPDATE jobs_job SET public_id = lower(hex(randomblob(6))) || '4' || substr(lower(hex(randomblob(2))), 2)
            || substr('89ab', 1 + (abs(random()) %% 4), 1) || substr(lower(hex(randomblob(8))), 2)
    """,
    "postgresql": "UPDATE jobs_job SET public_id = gen_random_uuid()",
}


def name_all(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute(FILL[schema_editor.connection.vendor], [])


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0009_private_clips"),
        ("notify", "0001_initial"),
        ("tokens", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="api_token",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="jobs",
                to="tokens.token",
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="hook",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notify.hook",
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="public_id",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.RunPython(name_all, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="job",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("api_token__isnull", False)),
                fields=["api_token", "-id"],
                name="job_of_token",
            ),
        ),
    ]
