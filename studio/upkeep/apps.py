from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "studio.upkeep"
    label = "upkeep"

    def ready(self) -> None:
        from studio.upkeep import checks  # noqa: F401, PLC0415 - registers them; needs the apps to be ready
        from studio.upkeep.sqlite import knows_json  # noqa: PLC0415 - as above

        knows_json()
