"""The root URL configuration."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("dashboard.accounts.sign_in_urls")),
    path("api/", include("studio.gateway.urls")),
    path("", include("dashboard.urls")),
]
handler500 = "dashboard.middleware.trouble.failed"
