"""The addresses of jobs, of the studio's history, and of kept files."""

from django.urls import path

from dashboard import history, job_detail, jobs, live, media

urlpatterns = [
    path("jobs/", jobs.job_list, name="job-list"),
    path("jobs/live/", live.job_changes, name="job-changes"),
    path("jobs/<int:job_id>/", job_detail.job_detail, name="job-detail"),
    path("jobs/<int:job_id>/live/", job_detail.job_detail_changes, name="job-detail-changes"),
    path("jobs/<int:job_id>/cancel/", job_detail.job_cancel, name="job-cancel"),
    path("jobs/<int:job_id>/try-again/", job_detail.job_try_again, name="job-try-again"),
    path("history/", history.history, name="history"),
    path("media/<path:name>", media.media, name="media"),
]
