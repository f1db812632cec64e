from django.urls import path

from dashboard.reference import views

urlpatterns = [path("api/", views.reference, name="api-reference")]
