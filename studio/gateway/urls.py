"""The addresses of the API: those that the contract names, and no others."""

from django.urls import path

from studio.gateway import legacy, views
from studio.gateway.openapi.document import openapi

app_name = "gateway"
urlpatterns = [
    path("v1/models/video/", views.models, name="models"),
    path("v1/video-studio/generate/", views.generate, name="generate"),
    path("v1/video-studio/quote/", views.quote, name="quote"),
    path("v1/video-studio/status/<str:job_id>/", views.status, name="status"),
    path("v1/video-studio/history/", views.history, name="history"),
    path("v1/generate/video/", legacy.generate, name="legacy-generate"),
    path("v1/generate/<str:generation_id>/", legacy.status, name="legacy-status"),
    path("v1/openapi.json", openapi, name="openapi"),
    path(
        "<path:rest>", views.nothing, name="nothing"
    ),  # a script gets JSON, also of another version's address
]
