from django.urls import path

from dashboard.security import views

urlpatterns = [
    path("profile/security/", views.security, name="security"),
    path("profile/security/sessions/<int:session_id>/end/", views.session_end, name="session-end"),
    path("profile/security/sessions/end/", views.sessions_end, name="sessions-end"),
]
