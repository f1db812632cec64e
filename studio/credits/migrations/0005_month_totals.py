"""Sums of months beside those of days, and indexes for the ledger's page."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Sum
from django.db.models.functions import TruncMonth

KEY = ("connection_id", "person_id", "project_id", "model_slug", "model_family", "outcome")
SUMS = ("clips", "held", "charged", "refunded", "topped_up", "adjusted")


def add_up(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    days, months = apps.get_model("credits", "DayTotal"), apps.get_model("credits", "MonthTotal")
    sums = {f"{name}_sum": Sum(name) for name in SUMS}
    found = days.objects.order_by().values_list(TruncMonth("day"), *KEY).annotate(**sums)
    rows = (months(**dict(zip(("day", *KEY, *SUMS), row, strict=True))) for row in found)
    months.objects.bulk_create(rows, batch_size=200)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_test_begun'),
        ('credits', '0004_reconciliation'),
        ('projects', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MonthTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('connection_id', models.BigIntegerField()),
                ('person_id', models.BigIntegerField(default=0)),
                ('project_id', models.BigIntegerField(default=0)),
                ('model_slug', models.CharField(blank=True, max_length=200)),
                ('model_family', models.CharField(blank=True, max_length=80)),
                ('outcome', models.CharField(blank=True, max_length=10)),
                ('clips', models.BigIntegerField(default=0)),
                ('held', models.BigIntegerField(default=0)),
                ('charged', models.BigIntegerField(default=0)),
                ('refunded', models.BigIntegerField(default=0)),
                ('topped_up', models.BigIntegerField(default=0)),
                ('adjusted', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AlterField(
            model_name='entry',
            name='connection',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.connection'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='person',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='entry',
            name='project',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.project'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['kind', 'day', 'id'], name='entry_by_kind_and_day'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['person', 'day', 'id'], name='entry_by_person_and_day'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['project', 'day', 'id'], name='entry_by_project_and_day'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['connection', 'day', 'id'], name='entry_by_connection_and_day'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['model_slug', 'day', 'id'], name='entry_by_model_slug_and_day'),
        ),
        migrations.AddConstraint(
            model_name='monthtotal',
            constraint=models.UniqueConstraint(fields=('day', 'connection_id', 'person_id', 'project_id', 'model_slug', 'model_family', 'outcome'), name='month_total_once'),
        ),
        migrations.RunPython(add_up, migrations.RunPython.noop),
    ]
