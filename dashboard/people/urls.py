from django.urls import path

from dashboard.people import leaving, views

urlpatterns = [
    path("people/", views.people_list, name="people-list"),
    path("people/invitations/", views.invitation_create, name="invitation-create"),
    path(
        "people/invitations/<int:invitation_id>/withdraw/",
        views.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path("people/<int:member_id>/", views.member_edit, name="member-edit"),
    path("people/<int:member_id>/deactivate/", leaving.member_deactivate, name="member-deactivate"),
    path("people/<int:member_id>/reactivate/", views.member_reactivate, name="member-reactivate"),
    path("people/<int:member_id>/link/", views.member_link, name="member-link"),
    path("people/<int:member_id>/second-factor/", views.member_factor_forget, name="member-factor-forget"),
]
