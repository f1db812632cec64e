from django.urls import path

from dashboard.models import views
from dashboard.models.parameters import views as parameter_views
from dashboard.models.preset import views as preset_views

urlpatterns = [
    path("models/", views.model_list, name="model-list"),
    path("models/compare/", views.model_compare, name="model-compare"),
    path("models/<int:model_id>/", views.model_detail, name="model-detail"),
    path("models/<int:model_id>/parameter/", parameter_views.model_parameter, name="model-parameter"),
    path(
        "models/<int:model_id>/parameter/hide/",
        parameter_views.model_parameter_hide,
        name="model-parameter-hide",
    ),
    path(
        "models/<int:model_id>/parameter/reset/",
        parameter_views.model_parameter_reset,
        name="model-parameter-reset",
    ),
    path("models/<int:model_id>/snippets/", preset_views.model_snippets, name="model-snippets"),
]
