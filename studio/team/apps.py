from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "studio.team"
    label = "team"

    def ready(self) -> None:
        from studio.team import sessions  # noqa: PLC0415 - models exist only now

        sessions.listen()
