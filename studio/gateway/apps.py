from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "studio.gateway"
    label = "gateway"
