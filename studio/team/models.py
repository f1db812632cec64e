"""The people of one installation."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone


class MemberManager(BaseUserManager["Member"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        member = self.model(email=self.normalize_email(email).lower(), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        return self.create_user(
            email, password, **{"role": Member.Role.ADMIN, "is_superuser": True, **fields}
        )


class Member(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address. Without a password they come in by a link."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Admin"
        MEMBER = "member", "Member"

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []
    objects = MemberManager()

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(
                name="member_role_is_known", condition=models.Q(role__in=["admin", "member"])
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN
