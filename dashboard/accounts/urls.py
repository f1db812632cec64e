from django.urls import path

from dashboard.accounts import views

urlpatterns = [
    path("welcome/<str:token>/", views.welcome, name="welcome"),
    path("invite/<str:token>/", views.invitation_accept, name="invitation-accept"),
    path("profile/", views.profile, name="profile"),
]
