"""URLs of the clips."""

from django.urls import path

from dashboard.jobs import address, detail, live, priority, views

urlpatterns = [
    path("jobs/", views.job_list, name="job-list"),
    path("jobs/live/", live.job_changes, name="job-changes"),
    path("jobs/<int:job_id>/", detail.job_detail, name="job-detail"),
    path("jobs/<int:job_id>/live/", detail.job_detail_changes, name="job-detail-changes"),
    path("jobs/<int:job_id>/address/", address.job_address, name="job-address"),
    path("jobs/<int:job_id>/cancel/", detail.job_cancel, name="job-cancel"),
    path("jobs/<int:job_id>/copy-again/", detail.job_copy_again, name="job-copy-again"),
    path("jobs/<int:job_id>/failed/", detail.job_mark_failed, name="job-mark-failed"),
    path("jobs/<int:job_id>/first/", priority.job_first, name="job-first"),
    path("jobs/<int:job_id>/in-line/", priority.job_in_line, name="job-in-line"),
    path("jobs/<int:job_id>/try-again/", detail.job_try_again, name="job-try-again"),
    path("jobs/<int:job_id>/waits/", detail.job_waits, name="job-waits"),
    path("jobs/<int:job_id>/hide/", detail.job_hide, name="job-hide"),
    path("jobs/<int:job_id>/show/", detail.job_show, name="job-show"),
    path("jobs/<int:job_id>/stop/", detail.job_stop, name="job-stop"),
]
