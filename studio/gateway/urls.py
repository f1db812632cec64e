"""The addresses of the API: those that the contract names, and nothing beside them."""

from django.urls import path

from studio.gateway import legacy, views
from studio.gateway.openapi.document import openapi

app_name = "gateway"
urlpatterns = [
    path("models/video/", views.models, name="models"),
    path("video-studio/generate/", views.generate, name="generate"),
    path("video-studio/status/<str:job_id>/", views.status, name="status"),
    path("video-studio/history/", views.history, name="history"),
    path("generate/video/", legacy.generate, name="legacy-generate"),
    path("generate/<str:generation_id>/", legacy.status, name="legacy-status"),
    path("openapi.json", openapi, name="openapi"),
    path("", views.nothing, name="root"),
    path("<path:rest>", views.nothing, name="nothing"),
]
