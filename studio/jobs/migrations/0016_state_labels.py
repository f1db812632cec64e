from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0015_repeated_after_a_restore'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='state',
            field=models.CharField(choices=[('approval', 'Waiting for approval'), ('queued', 'Queued'), ('sending', 'Sending'), ('unknown', 'Checking'), ('attention', 'Needs attention'), ('pending', 'In progress'), ('processing', 'In progress'), ('completed', 'Ready'), ('failed', 'Failed'), ('rejected', 'Rejected'), ('blocked', 'On hold'), ('cancelled', 'Cancelled'), ('abandoned', 'Dropped'), ('stopped', 'No longer tracked'), ('declined', 'Declined')], default='queued', max_length=10),
        ),
        migrations.AlterField(
            model_name='submission',
            name='state',
            field=models.CharField(choices=[('approval', 'Waiting for approval'), ('queued', 'Queued'), ('sending', 'Sending'), ('accepted', 'Accepted'), ('rejected', 'Rejected'), ('blocked', 'On hold'), ('unknown', 'Checking'), ('attention', 'Needs attention'), ('cancelled', 'Cancelled'), ('abandoned', 'Dropped'), ('declined', 'Declined')], default='queued', max_length=10),
        ),
    ]
