"""The addresses of the create page."""

from django.urls import path

from dashboard import create

urlpatterns = [
    path("", create.create, name="create"),
    path("fields/", create.fields, name="create-fields"),
    path("estimate/", create.estimate, name="create-estimate"),
    path("models/read/", create.models_read, name="models-read"),
    path("models/wait/", create.wait_for_models, name="models-wait"),
    path("models/refresh/", create.refresh, name="models-refresh"),
]
