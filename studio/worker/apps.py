from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "studio.worker"
    label = "worker"

    def ready(self) -> None:
        from studio.worker import hints  # noqa: PLC0415 - it needs the models, which are loaded by now

        hints.connect()
