from django.urls import path

from dashboard.credits import export, ledger, views

urlpatterns = [
    path("credits/", views.credits, name="credits"),
    path("credits/export/", export.credits_export, name="credits-export"),
    path("credits/ledger/", ledger.ledger, name="ledger"),
    path("credits/ledger/export/", export.ledger_export, name="ledger-export"),
]
