from django.urls import path

from dashboard.models import preset_views, views

urlpatterns = [
    path("models/", views.model_list, name="model-list"),
    path("models/compare/", views.model_compare, name="model-compare"),
    path("models/<int:model_id>/", views.model_detail, name="model-detail"),
    path("models/<int:model_id>/snippets/", preset_views.model_snippets, name="model-snippets"),
]
