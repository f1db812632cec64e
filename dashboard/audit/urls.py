from django.urls import path

from dashboard.audit import views

urlpatterns = [
    path("audit/", views.audit_log, name="audit-log"),
    path("audit/check/", views.audit_check, name="audit-check"),
    path("audit/export.<slug:file_format>", views.audit_export, name="audit-export"),
]
