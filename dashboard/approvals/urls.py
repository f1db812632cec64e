from django.urls import path

from dashboard.approvals import views

urlpatterns = [
    path("credits/approvals/", views.approval_list, name="approval-list"),
    path("credits/approvals/<int:approval_id>/", views.approval_decide, name="approval-decide"),
    path("credits/approvals/budgets/<int:request_id>/", views.budget_decide, name="budget-decide"),
]
