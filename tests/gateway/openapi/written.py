"""The OpenAPI document of an installation, written to a file for tools."""

import json
from pathlib import Path

from studio.gateway.openapi.document import document


def write(path: Path, origin: str) -> Path:
    path.write_text(json.dumps(document(origin), ensure_ascii=False, indent=1), encoding="utf-8")
    return path
