from django.urls import path

from dashboard.people import views

urlpatterns = [
    path("people/", views.people_list, name="people-list"),
    path("people/invitations/", views.invitation_create, name="invitation-create"),
    path(
        "people/invitations/<int:invitation_id>/withdraw/",
        views.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path("people/<int:member_id>/deactivate/", views.member_deactivate, name="member-deactivate"),
    path("people/<int:member_id>/reactivate/", views.member_reactivate, name="member-reactivate"),
    path("people/<int:member_id>/link/", views.member_link, name="member-link"),
]
