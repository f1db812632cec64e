"""The addresses of the create page."""

from django.urls import path

from dashboard.create import views

urlpatterns = [
    path("", views.create, name="create"),
    path("fields/", views.fields, name="create-fields"),
    path("estimate/", views.estimate, name="create-estimate"),
    path("models/read/", views.models_read, name="models-read"),
    path("models/wait/", views.wait_for_models, name="models-wait"),
    path("models/refresh/", views.refresh, name="models-refresh"),
]
