"""URLs of the board."""

from django.urls import path

from dashboard.board import views

urlpatterns = [
    path("team/", views.board, name="board"),
    path("team/live/", views.board_changes, name="board-changes"),
]
