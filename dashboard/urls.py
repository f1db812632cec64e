"""The addresses of the pages."""

from django.urls import include, path

from dashboard.health import health

app_name = "dashboard"
urlpatterns = [
    path("healthz", health, name="health"),
    path("", include("dashboard.create_urls")),
    path("", include("dashboard.accounts.urls")),
    path("", include("dashboard.people.urls")),
    path("", include("dashboard.job_urls")),
]
