from django.urls import path

from dashboard.tokens import views

urlpatterns = [
    path("tokens/", views.token_list, name="token-list"),
    path("tokens/add/", views.token_add, name="token-add"),
    path("tokens/<int:token_id>/spending/", views.token_spending, name="token-spending"),
    path("tokens/<int:token_id>/revoke/", views.token_revoke, name="token-revoke"),
]
