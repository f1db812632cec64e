"""What the gateway remembers of tokens: their calls of this minute, and requests that came under a key."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tokens', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Calls',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('read', 'Read'), ('generate', 'Generate')], max_length=10)),
                ('minute', models.BigIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tokens.token')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('token', 'scope'), name='calls_once')],
            },
        ),
        migrations.CreateModel(
            name='Keyed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('intent', models.UUIDField(default=uuid.uuid4)),
                ('made_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tokens.token')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('token', 'key'), name='keyed_once')],
            },
        ),
    ]
