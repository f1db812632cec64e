from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "studio.notify"
    label = "notify"
