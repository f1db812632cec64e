"""Looks for known vulnerabilities in what is locked: ``python -m tests.vulnerabilities``.

Exit code 1 for a package with one. Where the data about them cannot be reached, it says so and ends with 0: a lack of
network is no fault of a change.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.txt"
SERVICES = ("pypi", "osv")
PATIENCE = 90  # seconds for one service
SKIPPED = "Skipped: the data about known vulnerabilities cannot be reached from here."
COMMAND = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--timeout", "8"]
COMMAND += ["--progress-spinner", "off", "--format", "json"]


def main(command: list[str] = COMMAND, patience: float = PATIENCE) -> int:
    reports = (_report([*command, "--vulnerability-service", service], patience) for service in SERVICES)
    sentence, is_bad = judged(reports)
    print(sentence)
    return int(is_bad)


def judged(reports: Iterable[Mapping[str, Any] | None]) -> tuple[str, bool]:
    """A sentence, and whether a vulnerability is known; the first report that is complete is enough."""
    for report in reports:
        packages = (report or {}).get("dependencies", [])
        if found := [line for package in packages for line in _vulnerable(package)]:
            return "\n".join(["Known vulnerabilities:", *found]), True
        if packages and not any("skip_reason" in package for package in packages):
            return f"No vulnerability is known in {len(packages)} packages.", False
    return SKIPPED, False


def _vulnerable(package: Mapping[str, Any]) -> list[str]:
    what = f"  {package['name']} {package.get('version', '')}"
    return [
        f"{what}: {each['id']}, mended in {', '.join(each['fix_versions']) or 'no version yet'}"
        for each in package.get("vulns", [])
    ]


def _report(command: list[str], patience: float) -> Mapping[str, Any] | None:
    """What pip-audit wrote; None where it wrote nothing, which is how it ends without a network."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        whole = [*command, "--requirement", str(LOCK), "--output", str(path)]
        try:
            subprocess.run(whole, capture_output=True, timeout=patience, check=False)
            return json.loads(path.read_text())
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None


if __name__ == "__main__":
    sys.exit(main())
