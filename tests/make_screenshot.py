"""Write data/report.png, the README's picture of the HTML report: `python tests/make_screenshot.py`, after a change of the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SIZE = "1200,1000"

if __name__ == "__main__":
    from dedup import audit

    os.chdir(ROOT)
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("no Chromium on the path (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        audit("data/newsroom").write(page)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000"]
        target = f"--screenshot={ROOT / 'data' / 'report.png'}"
        subprocess.run([browser, *flags, f"--window-size={SIZE}", target, page.as_uri()], check=True, capture_output=True)
