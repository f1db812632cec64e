"""Where the clips are kept, as Django's STORAGES takes it: a folder, or a bucket."""

from importlib.util import find_spec
from typing import Any

from studio.env import WrongEnvironment

FOLDER = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def bucket(told: dict[str, str], *, key_id: str, secret: str) -> dict[str, Any]:
    """``told`` is what ``servers.bucket`` read. Without a key, boto3 looks for one in its own places.

    Raises WrongEnvironment where the packages for it are missing.
    """
    if find_spec("storages") is None:
        raise WrongEnvironment(
            "MEDIA_STORAGE names a bucket, which needs another package: pip install 'django-storages[s3]'."
        )
    names = {"bucket": "bucket_name", "prefix": "location", "region": "region_name"}
    options: dict[str, Any] = {names.get(name, name): value for name, value in told.items()}
    if key_id and secret:
        options |= {"access_key": key_id, "secret_key": secret}
    options |= {"default_acl": None, "file_overwrite": True}
    return {"BACKEND": "studio.library.s3.BucketStorage", "OPTIONS": options}
