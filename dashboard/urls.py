"""The addresses of the pages."""

from django.urls import include, path

from dashboard.health import health, ready
from dashboard.history.views import history
from dashboard.media.views import media

app_name = "dashboard"
urlpatterns = [
    path("healthz", health, name="health"),
    path("health/live", health, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("", include("dashboard.create.urls")),
    path("", include("dashboard.accounts.urls")),
    path("", include("dashboard.people.urls")),
    path("", include("dashboard.security.urls")),
    path("", include("dashboard.connections.urls")),
    path("", include("dashboard.budgets.urls")),
    path("", include("dashboard.approvals.urls")),
    path("", include("dashboard.models.urls")),
    path("", include("dashboard.prices.urls")),
    path("", include("dashboard.reconciliation.urls")),
    path("", include("dashboard.jobs.urls")),
    path("", include("dashboard.attention.urls")),
    path("", include("dashboard.audit.urls")),
    path("", include("dashboard.notifications.urls")),
    path("", include("dashboard.board.urls")),
    path("", include("dashboard.projects.urls")),
    path("", include("dashboard.credits.urls")),
    path("", include("dashboard.tokens.urls")),
    path("", include("dashboard.reference.urls")),
    path("history/", history, name="history"),
    path("media/<path:name>", media, name="media"),
]
