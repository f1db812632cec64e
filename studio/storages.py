"""Entries of Django's STORAGES for clips: a folder or an S3 bucket."""

from importlib.util import find_spec
from typing import Any

from studio.env import WrongEnvironment

FOLDER = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def bucket(parameters: dict[str, str], *, key_id: str, secret: str) -> dict[str, Any]:
    """The storage for the bucket that ``servers.bucket`` parsed. Without a key, boto3 looks for one by itself.

    Raises WrongEnvironment if the required package is missing.
    """
    if find_spec("storages") is None:
        raise WrongEnvironment(
            "MEDIA_STORAGE is a bucket, which requires a package: pip install 'django-storages[s3]'."
        )
    names = {"bucket": "bucket_name", "prefix": "location", "region": "region_name"}
    options: dict[str, Any] = {names.get(name, name): value for name, value in parameters.items()}
    if key_id and secret:
        options |= {"access_key": key_id, "secret_key": secret}
    options |= {"default_acl": None, "file_overwrite": True}
    return {"BACKEND": "studio.library.s3.BucketStorage", "OPTIONS": options}
