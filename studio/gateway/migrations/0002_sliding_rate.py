"""Each call of the last minute in a row of its own: a count for each minute let twice the rate through.

The counts that go are those of the present minute alone.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0001_initial'),
        ('tokens', '0002_project'),
    ]

    operations = [
        migrations.DeleteModel(name='Calls'),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('read', 'Read'), ('generate', 'Generate')], max_length=10)),
                ('at', models.DateTimeField()),
                ('token', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tokens.token')),
            ],
            options={
                'indexes': [models.Index(fields=['token', 'scope', 'at'], name='call_window')],
            },
        ),
    ]
