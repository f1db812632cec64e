"""Single sign-on: an OpenID Connect identity signs in the member with its verified email address."""

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect import views as allauth
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from studio.audit.log import record
from studio.team.models import Member

logger = logging.getLogger(__name__)


@login_not_required
@never_cache
@require_safe
def sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirect to the provider, from links on our own pages only: another site cannot start a sign-in."""
    if not settings.SOCIALACCOUNT_PROVIDERS:
        raise Http404
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return redirect("account_login")
    try:
        response: HttpResponse = allauth.login(request, provider_id)
    except (RequestException, KeyError) as error:
        logger.warning("%s does not answer as an OpenID Connect provider: %r", settings.OIDC_ISSUER, error)
        sentence = f"{settings.OIDC_NAME} cannot be reached. Try again, or sign in with your password."
        return render(request, "socialaccount/refused.html", {"sentence": sentence}, status=503)
    return response


class SignOnAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connects an identity to its member at its first sign-in."""
        if not sociallogin.is_existing:
            with transaction.atomic():
                member = _member(request, sociallogin)
                sociallogin.connect(request, member)
                record(
                    "sign_on.connected", by=member, about=f"member:{member.pk}", uid=sociallogin.account.uid
                )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False


def _member(request: HttpRequest, sociallogin: SocialLogin) -> Member:
    """Raises ImmediateHttpResponse, with a page that says why, if sign-in is not allowed."""
    email = _verified_email(sociallogin)
    if not email:
        _refuse(
            request,
            f"{settings.OIDC_NAME} has not verified your email address, so you cannot sign in with it.",
        )
    if member := Member.objects.filter(email__iexact=email).first():
        if not member.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        return member
    if not settings.OIDC_AUTO_JOIN:
        _refuse(request, f"There is no account for {email}. Ask an admin for an invitation.")
    name = str(sociallogin.account.extra_data.get("userinfo", {}).get("name", ""))[:80]
    member = Member.objects.create_user(email, None, name=name, role=settings.OIDC_AUTO_JOIN)
    record("member.joined", by=member, about=f"member:{member.pk}", role=member.role)
    return member


def _verified_email(sociallogin: SocialLogin) -> str:
    """In lower case; "" without one. Some providers tell what is true in a word."""
    verified = (each.email for each in sociallogin.email_addresses if each.verified in (True, "true"))
    return next(verified, "").lower()


def _refuse(request: HttpRequest, sentence: str) -> Any:
    raise ImmediateHttpResponse(
        render(request, "socialaccount/refused.html", {"sentence": sentence}, status=403)
    )
