from django.urls import path

from dashboard.budgets import views

urlpatterns = [
    path("credits/budgets/", views.budget_list, name="budget-list"),
    path("credits/budgets/add/", views.budget_add, name="budget-add"),
    path("credits/budgets/rules/", views.spending_rules, name="spending-rules"),
    path("credits/budgets/<int:budget_id>/", views.budget_edit, name="budget-edit"),
    path("credits/budgets/<int:budget_id>/end/", views.budget_end, name="budget-end"),
    path("credits/budgets/<int:budget_id>/ask/", views.budget_ask, name="budget-ask"),
]
