from django.urls import path

from dashboard.reconciliation import views

urlpatterns = [
    path("credits/reconciliation/", views.reconciliation, name="reconciliation"),
    path(
        "credits/reconciliation/<int:difference_id>/", views.difference_classify, name="difference-classify"
    ),
]
