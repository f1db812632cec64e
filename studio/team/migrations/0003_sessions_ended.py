from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0002_cache_table"),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionsEnded",
            fields=[
                ("member", models.BigIntegerField(primary_key=True, serialize=False)),
                ("count", models.PositiveBigIntegerField(default=0)),
            ],
        ),
    ]
