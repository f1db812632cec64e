from django.urls import path

from dashboard.notifications import deliveries, hooks, inbox, preferences

urlpatterns = [
    path("notifications/", inbox.notification_list, name="notification-list"),
    path("notifications/bell/", inbox.notification_bell, name="notification-bell"),
    path("notifications/read/", inbox.notification_read_all, name="notification-read-all"),
    path("notifications/<int:notification_id>/open/", inbox.notification_open, name="notification-open"),
    path("notifications/<int:notification_id>/read/", inbox.notification_read, name="notification-read"),
    path("notifications/settings/", preferences.notification_settings, name="notification-settings"),
    path("notifications/hooks/add/", hooks.hook_add, name="hook-add"),
    path("notifications/hooks/<int:hook_id>/", hooks.hook_edit, name="hook-edit"),
    path("notifications/hooks/<int:hook_id>/test/", hooks.hook_test, name="hook-test"),
    path("notifications/hooks/<int:hook_id>/rotate/", hooks.hook_rotate, name="hook-rotate"),
    path("notifications/hooks/<int:hook_id>/remove/", hooks.hook_remove, name="hook-remove"),
    path("notifications/settings/secret/", hooks.request_secret, name="request-secret"),
    path("notifications/team/", hooks.team_hooks, name="team-hooks"),
    path("notifications/team/add/", hooks.team_hook_add, name="team-hook-add"),
    path("notifications/deliveries/", deliveries.delivery_list, name="delivery-list"),
    path(
        "notifications/deliveries/<int:delivery_id>/again/", deliveries.delivery_again, name="delivery-again"
    ),
]
