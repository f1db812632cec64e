from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notify', '0003_price_higher'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='channel',
            field=models.CharField(choices=[('page', 'In Dailies'), ('mail', 'By email'), ('webhook', 'By webhook')], max_length=10),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='kind',
            field=models.CharField(choices=[('clip_ready', 'Clip ready'), ('clip_failed', 'Clip failed'), ('attention', 'Needs attention'), ('approval_wanted', 'Approval needed'), ('approval_decided', 'Approval decision'), ('budget_asked', 'Budget request'), ('budget_warned', 'Budget at 80 %'), ('budget_spent', 'Budget used up'), ('balance_low', 'Low balance'), ('key_refused', 'API key rejected'), ('price_higher', 'Charged above estimate')], max_length=20),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('clip_ready', 'Clip ready'), ('clip_failed', 'Clip failed'), ('attention', 'Needs attention'), ('approval_wanted', 'Approval needed'), ('approval_decided', 'Approval decision'), ('budget_asked', 'Budget request'), ('budget_warned', 'Budget at 80 %'), ('budget_spent', 'Budget used up'), ('balance_low', 'Low balance'), ('key_refused', 'API key rejected'), ('price_higher', 'Charged above estimate')], max_length=20),
        ),
        migrations.AlterField(
            model_name='preference',
            name='channel',
            field=models.CharField(choices=[('page', 'In Dailies'), ('mail', 'By email'), ('webhook', 'By webhook')], max_length=10),
        ),
        migrations.AlterField(
            model_name='preference',
            name='kind',
            field=models.CharField(choices=[('clip_ready', 'Clip ready'), ('clip_failed', 'Clip failed'), ('attention', 'Needs attention'), ('approval_wanted', 'Approval needed'), ('approval_decided', 'Approval decision'), ('budget_asked', 'Budget request'), ('budget_warned', 'Budget at 80 %'), ('budget_spent', 'Budget used up'), ('balance_low', 'Low balance'), ('key_refused', 'API key rejected'), ('price_higher', 'Charged above estimate')], max_length=20),
        ),
    ]
