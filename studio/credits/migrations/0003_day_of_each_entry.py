from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0002_spending"),
        ("jobs", "0006_book_on_projects"),
    ]

    operations = [
        migrations.AlterField(model_name="entry", name="day", field=models.DateField(db_index=True)),
    ]
