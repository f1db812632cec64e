"""Clients that others generate from the OpenAPI document, against an installation: lists, quotes, clips, refusals."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.home import Home
from tests.gateway.openapi import node
from tests.gateway.openapi.lint import LINTERS, judged
from tests.gateway.openapi.written import write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
HERE = Path(__file__).parent
ORIGIN = "http://127.0.0.1:8000"
TYPESCRIPT = {
    "compilerOptions": {
        "strict": True,
        "noUncheckedIndexedAccess": True,
        "exactOptionalPropertyTypes": True,
        "target": "es2022",
        "module": "nodenext",
        "lib": ["es2023", "dom"],
        "types": [],
        "noEmitOnError": True,
    },
    "files": ["script.ts", "ambient.d.ts"],
}
AMBIENT = "declare const process: { argv: string[] };\n"  # all that the script needs of Node.js


@pytest.fixture
def tools() -> Path:
    """What Node.js needs. Somebody without it may go on; checks may not."""
    try:
        return node.tools()
    except node.CannotInstall as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def done(*command: str | Path, **options: Any) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_python_client_that_is_generated_makes_a_clip(home: Home, tmp_path: Path) -> None:
    told = write(tmp_path / "openapi.json", home.url)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"post_hooks": []}))  # its own formatting is its own affair
    done(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"),
        *("--path", told, "--config", config, "--output-path", tmp_path / "generated"),
        cwd=tmp_path,
    )
    script = shutil.copy(HERE / "use_python_client.py", tmp_path / "script.py")
    expect_a_clip(home, lambda token: done(sys.executable, script, home.url, token, cwd=tmp_path))


def test_the_typescript_client_that_is_generated_makes_a_clip(
    home: Home, tools: Path, tmp_path: Path
) -> None:
    told = write(tmp_path / "openapi.json", home.url)
    (tmp_path / "node_modules").symlink_to(tools / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "tsconfig.json").write_text(json.dumps(TYPESCRIPT))
    (tmp_path / "ambient.d.ts").write_text(AMBIENT)
    shutil.copy(HERE / "use_typescript_client.ts", tmp_path / "script.ts")
    for command in (
        ("openapi-typescript/bin/cli.js", told, "--output", tmp_path / "generated.d.ts"),
        ("typescript/bin/tsc", "--project", tmp_path),
    ):
        ended = node.run(*command, cwd=tmp_path)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    script = tmp_path / "script.js"
    expect_a_clip(home, lambda token: done("node", script, home.url, token, cwd=tmp_path))


def expect_a_clip(home: Home, run: Any) -> None:
    """``run`` calls the script with a token, whose budget covers the one clip and not the dear one."""
    home.ask("set_credits", credits=2_000)
    newcomer = home.newcomer()
    home.ask("limit_token", token=newcomer.token, credits=150)
    said = json.loads(run(newcomer.text))
    assert "veo31_fast" in said.pop("models")
    job = said.pop("job")
    assert said == {
        "quoted": [100, "published"],
        "warned": ["sound"],
        "same": True,
        "ended": ["failed", True, True],
        "history": [job],
        "older": [],
        "refused": ["Invalid duration for this model", ["duration_seconds"]],
        "short": ["Insufficient credits", 170, 150],
    }


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_objects_to_a_document_that_is_spoiled(
    linter: str, tools: Path, tmp_path: Path, capsys
) -> None:
    path = write(tmp_path / "openapi.json", ORIGIN)
    spoiled = json.loads(path.read_text())
    del spoiled["paths"]["/api/v1/models/video/"]["get"]["operationId"]
    del spoiled["info"]["license"]
    path.write_text(json.dumps(spoiled))
    assert judged(linter, path) == 1
    assert "operationId" in capsys.readouterr().out.replace("operation-operationId", "operationId")
