import re

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
import django.db.models.deletion
import django.utils.timezone

MEDIA_TYPES = {'.webm': 'video/webm'}


def list_files(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A clip kept before this table was made has its digest in its name."""
    Job, JobFile = apps.get_model('jobs', 'Job'), apps.get_model('jobs', 'JobFile')
    shown = ('clip', 'poster', 'thumb', 'preview', 'width', 'height', 'seconds')
    stored = Job.objects.filter(archive='stored').exclude(clip='')
    for job in stored.only('result_urls', 'size', *shown).iterator():
        digest = re.search(r'([0-9a-f]{64})(\.\w+)$', job.clip)
        JobFile.objects.create(
            job=job,
            position=0,
            url=job.result_urls[0] if job.result_urls else '',
            media_type=MEDIA_TYPES.get(digest[2] if digest else '', 'video/mp4'),
            sha256=digest[1] if digest else '',
            size=job.size or 0,
            **{name: getattr(job, name) for name in shown},
        )


def give_a_time(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every copy that is still to be made has a time at which it is due."""
    Job = apps.get_model('jobs', 'Job')
    open_ones = Job.objects.filter(archive__in=['waiting', 'copying'], archive_after__isnull=True)
    open_ones.update(archive_after=django.utils.timezone.now())


class Migration(migrations.Migration):

    dependencies = [('jobs', '0002_reconciling')]

    operations = [
        migrations.AddField(
            model_name='job',
            name='archive_refreshed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='JobFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('url', models.TextField()),
                ('kind', models.CharField(choices=[('video', 'Video'), ('image', 'Picture'), ('other', 'File')], default='video', max_length=5)),
                ('media_type', models.CharField(max_length=100)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField()),
                ('clip', models.CharField(max_length=200)),
                ('poster', models.CharField(blank=True, max_length=200)),
                ('thumb', models.CharField(blank=True, max_length=200)),
                ('preview', models.CharField(blank=True, max_length=200)),
                ('width', models.PositiveIntegerField(blank=True, null=True)),
                ('height', models.PositiveIntegerField(blank=True, null=True)),
                ('seconds', models.FloatField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='jobs.job')),
            ],
            options={
                'ordering': ['position'],
                'indexes': [models.Index(fields=['checked_at'], name='job_file_checked')],
                'constraints': [models.UniqueConstraint(fields=('job', 'position'), name='job_file_once_per_position')],
            },
        ),
        migrations.RunPython(list_files, migrations.RunPython.noop),
        migrations.RunPython(give_a_time, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('archive__in', ['waiting', 'copying']), _negated=True), ('archive_after__isnull', False), _connector='OR'), name='job_archive_due_while_open'),
        ),
    ]
