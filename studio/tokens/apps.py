from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "studio.tokens"
    label = "tokens"
