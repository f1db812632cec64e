from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "studio.worker"
    label = "worker"

    def ready(self) -> None:
        from studio.jobs.attendance import tell_by  # noqa: PLC0415 - as below
        from studio.worker import hints  # noqa: PLC0415 - it needs the models, which are loaded by now
        from studio.worker.models import Heartbeat  # noqa: PLC0415 - as above

        hints.connect()
        tell_by(Heartbeat.is_anyone_alive)
