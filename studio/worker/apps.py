from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "studio.worker"
    label = "worker"

    def ready(self) -> None:
        from studio.jobs.dispatch.worker_liveness import register  # noqa: PLC0415 - as below
        from studio.worker.models import Heartbeat  # noqa: PLC0415 - as above
        from studio.worker.wakeups import hints  # noqa: PLC0415 - it needs the models, which are loaded by now

        hints.connect()
        register(Heartbeat.is_anyone_alive)
