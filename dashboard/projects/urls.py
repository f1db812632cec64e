"""URLs of the projects."""

from django.urls import path

from dashboard.projects import views

urlpatterns = [
    path("projects/", views.project_list, name="project-list"),
    path("projects/add/", views.project_add, name="project-add"),
    path("projects/settings/", views.project_settings, name="project-settings"),
    path("projects/<int:project_id>/", views.project_detail, name="project-detail"),
    path("projects/<int:project_id>/edit/", views.project_edit, name="project-edit"),
    path("projects/<int:project_id>/archive/", views.project_archive, name="project-archive"),
    path("projects/<int:project_id>/restore/", views.project_restore, name="project-restore"),
]
