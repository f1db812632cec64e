"""The URLs of django-allauth that are served. Its names are kept, because it reverses them itself."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as socialaccount
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.urls import path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from dashboard.accounts import sign_on, views

to_security = require_safe(RedirectView.as_view(pattern_name="dashboard:security"))
provider = {"provider_id": settings.OIDC_PROVIDER}

urlpatterns = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # Second factors. When done, allauth redirects to our security page.
    path("security/", to_security, name="mfa_index"),
    path("security/passkeys/", to_security, name="mfa_list_webauthn"),
    path("security/code/", mfa.authenticate, name="mfa_authenticate"),
    path("security/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("security/app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("security/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("security/recovery/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "security/recovery/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path("security/passkeys/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("security/passkeys/again/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("security/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("security/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    # Single sign-on.
    path("sign-on/", sign_on.sign_on, provider, name="openid_connect_login"),
    path("sign-on/callback/", openid_connect.callback, provider, name="openid_connect_callback"),
    path("sign-on/cancelled/", socialaccount.login_cancelled, name="socialaccount_login_cancelled"),
]
