from pathlib import Path

import pytest

from studio import film


@pytest.fixture(scope="session")
def lighthouse(tmp_path_factory) -> film.Rendered:
    """A clip that several tests look at: short and small, with sound."""
    spec = film.RenderSpec("A lighthouse at dawn", 3, quality="480p", sound=True)
    return film.render(spec, tmp_path_factory.mktemp("lighthouse"), deadline=60)


@pytest.fixture(scope="session")
def photograph(tmp_path_factory) -> Path:
    from PIL import Image

    path = tmp_path_factory.mktemp("photograph") / "gradient"
    Image.linear_gradient("L").resize((640, 900)).convert("RGB").save(path, "PNG")
    return path
