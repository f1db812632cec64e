from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credits", "0008_wide_figures")]

    operations = [
        migrations.AddField(
            model_name="pricesample",
            name="others",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
    ]
