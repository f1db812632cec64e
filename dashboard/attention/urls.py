"""The addresses of what needs attention."""

from django.urls import path

from dashboard.attention import choices, held, views

urlpatterns = [
    path("attention/", views.attention_list, name="attention-list"),
    path("attention/live/", views.attention_changes, name="attention-changes"),
    path("attention/badge/", views.attention_badge, name="attention-badge"),
    path("attention/<int:job_id>/settle/", choices.attention_settle, name="attention-settle"),
    path("attention/<int:job_id>/send-again/", choices.attention_send_again, name="attention-send-again"),
    path("attention/<int:job_id>/drop/", choices.attention_drop, name="attention-drop"),
    path("attention/held/<int:connection_id>/", held.hold_release, name="hold-release"),
]
