from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProjectsConfig(AppConfig):
    name = "studio.projects"
    label = "projects"

    def ready(self) -> None:
        post_migrate.connect(make_general, sender=self)


def make_general(**_: Any) -> None:
    """Create the general project in advance, so that no page has to write a row."""
    from studio.projects.models import Project  # noqa: PLC0415 - models exist only now

    Project.objects.general()
