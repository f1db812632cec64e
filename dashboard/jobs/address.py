"""A person enters the URL of a clip's file: the copy was lost, no URL is known, or the outcome is unclear."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dashboard.jobs.access import own_job
from dashboard.shared.change_messages import change_message
from dashboard.shared.requests import MemberRequest
from studio.contract.addresses import absolute, is_web_address
from studio.contract.decode import decode_row
from studio.jobs.lifecycle import archiving, decisions
from studio.jobs.models import HistoryRecord, Job
from studio.library.fetch import own_media_name

MOST_CHOICES = 12
LONGEST = 4000


class AddressForm(forms.Form):
    """A URL for the worker to fetch, through the same guarded client as any URL from a studio."""

    url = forms.CharField(max_length=LONGEST)

    def clean_url(self) -> str:
        url = absolute(self.cleaned_data["url"], "")
        if not is_web_address(url) or urlsplit(url).username is not None:
            raise forms.ValidationError("Enter a full URL that starts with https:// or http://.")
        if own_media_name(url):
            raise forms.ValidationError("This URL belongs to this installation. Enter one of the studio.")
        return url


@require_POST
def job_address(request: MemberRequest, job_id: int) -> HttpResponse:
    job = own_job(request.user, job_id)
    if job.is_hidden:
        raise Http404("Not yours.")
    form = AddressForm(request.POST)
    if form.is_valid():
        _use(request, job, form.cleaned_data["url"])
    else:
        messages.warning(request, " ".join(str(each) for each in form.errors["url"]))
    return redirect("dashboard:job-detail", job_id=job_id)


def _use(request: MemberRequest, job: Job, url: str) -> None:
    use = decisions.mark_ready if job.has_unclear_end else archiving.use_address
    done = "Fetching the file from that URL."
    moved = "Nothing changed: this clip no longer needs a URL."
    with change_message(request, done, moved):
        use(job, url, request.user)


def choices(job: Job, record: HistoryRecord | None) -> list[str]:
    """URLs in the studio's record that were not tried yet."""
    if record is None or job.is_hidden or not job.takes_an_address:
        return []
    told: Any = decode_row(record.upstream_id, record.raw, job.connection.base_url)
    found = (*told.result_urls, *told.extra_urls, *told.other_urls)
    tried = () if job.has_unclear_end else job.result_urls
    return [url for url in found if is_web_address(url) and url not in tried][:MOST_CHOICES]
