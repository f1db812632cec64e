from django.urls import path

from dashboard.connections import views

urlpatterns = [
    path("connections/", views.connection_list, name="connection-list"),
    path("connections/add/", views.connection_add, name="connection-add"),
    path("connections/<int:connection_id>/", views.connection_edit, name="connection-edit"),
    path("connections/<int:connection_id>/card/", views.connection_card, name="connection-card"),
    path("connections/<int:connection_id>/test/", views.connection_test, name="connection-test"),
    path("connections/<int:connection_id>/default/", views.connection_default, name="connection-default"),
    path("connections/<int:connection_id>/pause/", views.connection_pause, name="connection-pause"),
    path("connections/<int:connection_id>/resume/", views.connection_resume, name="connection-resume"),
    path("connections/<int:connection_id>/remove/", views.connection_remove, name="connection-remove"),
]
