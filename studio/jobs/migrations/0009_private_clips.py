from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_turns")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["-id"], condition=models.Q(is_private=True), name="job_private"),
        ),
        migrations.AddIndex(
            model_name="jobfile", index=models.Index(fields=["sha256"], name="job_file_digest")
        ),
    ]
