from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        from dashboard.security import trail  # noqa: PLC0415 - models exist only now

        trail.listen()
