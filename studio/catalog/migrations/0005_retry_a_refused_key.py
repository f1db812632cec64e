from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_test_begun")]

    operations = [
        # Until that time a read proved nothing about the key; now it is the time of the next read. Either way the
        # column holds when a paused connection may go on.
        migrations.RenameField("connection", "refused_until", "key_retry_at"),
    ]
