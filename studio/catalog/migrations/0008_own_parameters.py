from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_reports_fractions"),
    ]

    operations = [
        migrations.AddField(
            model_name="studiomodel",
            name="own_parameters",
            field=models.JSONField(default=list),
        ),
    ]
