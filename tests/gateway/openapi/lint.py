"""``python -m tests.gateway.openapi.lint``: Redocly and Spectral judge the OpenAPI document; 1 if one objects."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from tests.gateway.openapi.node import HERE, CannotInstall, run

ORIGIN = "http://127.0.0.1:8000"
LINTERS = {
    "Redocly": ("@redocly/cli/bin/cli.js", "lint", "--config", HERE / "redocly.yaml", "--format", "stylish"),
    "Spectral": (
        *("@stoplight/spectral-cli/dist/index.js", "lint", "--quiet"),
        *("--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint"),
    ),
}


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from tests.gateway.openapi.written import write

    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "openapi.json", ORIGIN)
        try:
            return max(judged(name, path) for name in LINTERS)
        except CannotInstall as error:
            print(error, file=sys.stderr)
            return 1


def judged(name: str, path: Path) -> int:
    done = run(*LINTERS[name], str(path))
    if done.returncode:
        print(f"{name} objects:\n{done.stdout}{done.stderr}")
        return 1
    print(f"{name} has no objection to the OpenAPI document.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
