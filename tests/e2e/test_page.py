# tests/e2e/test_page.py — the web page in a real browser over a real gateway: live numbers, no reload, narrow screens, no errors.
import json
import os
import pathlib
import subprocess
import sys

from harness import SLUSE, SOURCE, Case, Gateway, admission, cpr, main

HERE = pathlib.Path(__file__).resolve().parent


def screenshots():
    folder = pathlib.Path(os.environ.get("SLUSE_SCREENSHOTS", pathlib.Path(SLUSE).resolve().parent / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def driver():
    """playwright-core as the lock file pins it."""
    if not (HERE / "node_modules" / "playwright-core").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=True, timeout=300, stdin=subprocess.DEVNULL)


def messages(first, last, hours):
    return [admission(f"P{n}", n, f"VP{n}", start=24.0 * (n % 150), hours=hours + n % 40).decode() for n in range(first, last)]


class PageTest(Case):
    def test_the_page_is_live_readable_and_quiet(self):
        driver()
        with Gateway() as gateway:
            plan = {
                "url": gateway.web, "screenshots": str(screenshots()), "empty": True, "indicator": "G8.1", "systems": ["EPJ|RH1"],
                "first": messages(100, 160, 30), "second": messages(200, 260, 90), "secret": cpr(259),
            }
            file = gateway.folder / "plan.json"
            file.write_text(json.dumps(plan))
            done = subprocess.run(["node", str(HERE / "page.mjs"), str(file)], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
            print(done.stderr, file=sys.stderr)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_answer_is_as_the_description_says(self):
        with Gateway() as gateway:
            receipt = gateway.post("/api/v1/messages", messages(300, 301, 30)[0], "application/hl7-v2").json()
            gateway.wait_processed()
            check = SOURCE / "tests" / "serve" / "check_openapi.py"
            done = subprocess.run([sys.executable, str(check), gateway.web, receipt["id"]], capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
