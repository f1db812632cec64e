"""What scripts spend is counted by the token that they came in with, and can have a budget."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_test_begun'),
        ('credits', '0005_month_totals'),
        ('projects', '0001_initial'),
        ('tokens', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='budget',
            name='budget_names_what_it_limits',
        ),
        migrations.RemoveConstraint(
            model_name='daytotal',
            name='day_total_once',
        ),
        migrations.RemoveConstraint(
            model_name='monthtotal',
            name='month_total_once',
        ),
        migrations.AddField(
            model_name='budget',
            name='token',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='budgets', to='tokens.token'),
        ),
        migrations.AddField(
            model_name='daytotal',
            name='token_id',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='entry',
            name='token',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokens.token'),
        ),
        migrations.AddField(
            model_name='monthtotal',
            name='token_id',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='budget',
            name='scope',
            field=models.CharField(choices=[('team', 'The whole team'), ('each', 'Each person'), ('person', 'One person'), ('project', 'A project'), ('family', 'A model family'), ('connection', 'A connection'), ('token', 'A token')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('scope__in', ['team', 'each']), models.Q(('person__isnull', False), ('scope', 'person')), models.Q(('project__isnull', False), ('scope', 'project')), models.Q(('connection__isnull', False), ('scope', 'connection')), models.Q(('scope', 'token'), ('token__isnull', False)), models.Q(('scope', 'family'), models.Q(('model_family', ''), _negated=True)), _connector='OR'), name='budget_names_what_it_limits'),
        ),
        migrations.AddConstraint(
            model_name='daytotal',
            constraint=models.UniqueConstraint(fields=('day', 'connection_id', 'person_id', 'project_id', 'token_id', 'model_slug', 'model_family', 'outcome'), name='day_total_once'),
        ),
        migrations.AddConstraint(
            model_name='monthtotal',
            constraint=models.UniqueConstraint(fields=('day', 'connection_id', 'person_id', 'project_id', 'token_id', 'model_slug', 'model_family', 'outcome'), name='month_total_once'),
        ),
    ]
