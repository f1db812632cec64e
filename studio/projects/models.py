"""Projects: who may create clips in them, and the defaults of the form."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class Colour(models.TextChoices):
    """Colors for lists and charts. The project's name is always next to the color."""

    AMBER = "amber", "Amber"
    CORAL = "coral", "Coral"
    ROSE = "rose", "Rose"
    VIOLET = "violet", "Violet"
    BLUE = "blue", "Blue"
    TEAL = "teal", "Teal"
    GREEN = "green", "Green"
    GREY = "grey", "Grey"


class ProjectQuerySet(models.QuerySet["Project"]):
    def open(self) -> Self:
        """Projects that are not archived."""
        return self.filter(archived_at=None)

    def usable_by(self, member: Any) -> Self:
        """Open projects of the whole team, or with ``member``; managers may use all."""
        if member.is_manager:
            return self.open()
        return self.open().filter(models.Q(is_for_all=True) | models.Q(members=member)).distinct()

    def general(self) -> "Project":
        """The project for clips without another one. It is never archived, and created on first use."""
        return self.get_or_create(is_general=True, defaults={"name": "General"})[0]


class Project(models.Model):
    """A cost center. It does not restrict who sees a clip: a team shares what it makes."""

    Colour = Colour

    name = models.CharField(max_length=80, unique=True)
    client = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.GREY)
    is_general = models.BooleanField(default=False, editable=False)
    is_for_all = models.BooleanField(default=True)  # otherwise only its members create clips in it
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="projects")
    defaults = models.JSONField(
        default=dict, blank=True
    )  # initial values of the form, in the API's field names
    # Requests of this many credits need approval; None: the team's setting applies.
    approve_from = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_general"], condition=models.Q(is_general=True), name="project_one_general"
            ),
            models.CheckConstraint(
                name="project_general_is_open",
                condition=models.Q(is_general=False) | models.Q(archived_at=None, is_for_all=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None
