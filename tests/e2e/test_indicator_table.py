# tests/e2e/test_indicator_table.py — the table in docs/indicators.md is what the packs say, and the packs are those that `sluse` reads.
import re
import subprocess
import unittest

from harness import SOURCE, Gateway

PAGE = (SOURCE / "docs" / "indicators.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([A-Z][\w.-]*)(?: v(\d+))? \| (.*) \|$", re.MULTILINE)


class IndicatorTable(unittest.TestCase):
    def test_the_table_is_up_to_date(self):
        done = subprocess.run([SOURCE / "scripts" / "indicator-table", "--check"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_it_holds_what_the_gateway_counts(self):
        rows = {(match[1], match[2] or "1"): match[3].split(" | ") for match in ROW.finditer(PAGE)}
        with Gateway() as gateway:
            served = gateway.get("/api/v1/indicators").json()["indicators"]
        self.assertEqual({(one["id"], one["version"]) for one in served}, set(rows))
        for one in served:
            cells = rows[one["id"], one["version"]]
            with self.subTest(indicator=one["id"]):
                self.assertEqual(cells[:2], [one["title"]["da"], one["title"]["en"]])
                self.assertEqual((cells[3], cells[5]), (f"{one['kind']}, {one['unit']}", one["mark"]))


    def test_the_page_says_in_danish_where_a_definition_is_from(self):
        words = (SOURCE / "web" / "sources.js").read_text(encoding="utf-8")
        danish = {a or b for a, b in re.findall(r"""(?:'([^'\n]+)'|"([^"\n]+)"): '""", words)}
        with Gateway() as gateway:
            served = gateway.get("/api/v1/indicators").json()["indicators"]
        clauses = {clause.removeprefix("proxy: ") for one in served for clause in one["source"].split("; ")}
        english = re.compile(r"\b(the|of|by|not|our|ours|and|is|are|at|per|codes?|rules?|only|without|with|in|on|stands|definitions?|indicator|practice|details)\b")
        self.assertEqual({clause for clause in clauses - danish if english.search(clause.replace("pr. ", ""))}, set())
        self.assertEqual(danish - clauses, set(), "words for a source that no indicator has any more")


if __name__ == "__main__":
    unittest.main()
