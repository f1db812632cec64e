"""Faults 33 to 35: the key that cannot be read, the database that is away, and the one that is older than the truth."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from studio import env
from studio.catalog import register
from studio.catalog.connections import make_default
from studio.catalog.models import Connection, StudioModel
from studio.jobs.models import Job
from studio.jobs.sync import restored
from studio.upkeep.backup import back_up
from studio.upkeep.restore import restore
from studio.upstream.secret import Secret
from tests.faults.scene import Books, Scene
from tests.installation import free_port


@pytest.fixture
def stored(scene: Scene, settings) -> Scene:
    """The same studio, its key kept by an admin instead of by the settings."""
    settings.STUDIO_ALLOWED_HOSTS = [scene.studio.host]
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "", ""
    kept = register.add("Kept", scene.studio.url, 24, Secret(scene.studio.key))
    make_default(kept)
    StudioModel.objects.update(connection=kept)
    scene.pk = kept.pk
    scene.studio.forget_calls()
    return scene


@pytest.mark.django_db
def test_fault_33_with_the_wrong_encryption_key_nothing_is_sent(stored: Scene, settings):
    right = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [env.new_encryption_key()]
    job = stored.ask()
    stored.work(turns=2)
    assert (stored.state(job), stored.studio.log, stored.books()) == ("queued", [], Books(held=100))
    page = stored.page("connection-list")
    assert "The key cannot be read with this installation's encryption key" in page
    assert "Clips wait. The key is retried every few minutes; an admin can enter a new one." in page
    assert "Your clip will wait." in stored.page("create")
    settings.ENCRYPTION_KEYS = right
    stored.passes(hours=2)
    stored.press("connection-test", stored.pk)
    stored.work(turns=2)
    stored.finish(job)
    assert (stored.posts(), stored.paid(), stored.books()) == (1, 1, Books(charged=100, taken=100))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a server locks rows, not the file")
@pytest.mark.django_db(transaction=True)
def test_fault_34_while_the_database_is_locked_pages_are_served_and_nothing_is_sent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    job = scene.ask()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)  # seconds, of 20
    connection.close()
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):  # the loop takes the step again
        scene.send()
    page = scene.clip_page(job)
    assert "Queued" in page
    other.execute("ROLLBACK")
    other.close()
    assert (scene.state(job), scene.posts()) == ("queued", 0)
    scene.finish(job)
    assert (scene.posts(), scene.paid(), scene.books()) == (1, 1, Books(charged=100, taken=100))
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_fault_35_after_an_old_backup_was_restored_the_queue_is_held_until_it_is_proven(
    scene: Scene, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings.PORT = free_port()  # where nothing of the installation listens
    monkeypatch.setattr(restored, "READINGS_APART", timedelta(0))
    scene.studio.account.made_elsewhere(prompt="long ago")
    scene.credits -= 100
    scene.passes(days=1)
    paid, waiting = scene.ask(), scene.ask("asked for, and never sent")
    backup = back_up(tmp_path / "backups")
    assert scene.send()
    restore(backup)
    assert [scene.state(paid), scene.state(waiting)] == ["queued", "queued"]
    assert not scene.send()
    page = scene.page("connection-list")
    assert "A backup was restored" in page
    assert (
        "Sending resumes once the history shows that nothing is paid twice, or when an admin releases it."
        in page
    )
    for _ in range(4):
        scene.work(turns=2)
        scene.passes(minutes=3)
    assert Connection.objects.get(pk=scene.pk).held_since is None
    for job in (paid, waiting):
        scene.finish(job)
    assert [scene.posts(job.prompt) for job in Job.objects.order_by("pk")] == [1, 1]
    assert scene.books() == Books(charged=200, taken=200)
    assert "This request may have been sent after the backup was taken." in scene.clip_page(paid)
