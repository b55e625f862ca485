# tests/e2e/test_explain.py — a readmission led down to the bytes of PV1-44, by role only and with a line for each look; and a message led up.
import hashlib
import json

from harness import Case, Gateway, adt, cpr, main, mllp_send, sluse, wait_until


def readmission(person, first, again):
    """A stay of three days, and an acute one that begins `again` hours after the new year."""
    return [
        adt("A01", f"{first}a", person, first, start=24.0), adt("A03", f"{first}b", person, first, start=24.0, end=96.0),
        adt("A01", f"{first}c", person, f"{first}R", start=again), adt("A03", f"{first}d", person, f"{first}R", start=again, end=again + 30),
    ]


class ExplainTest(Case):
    def test_a_number_is_led_down_to_its_bytes_and_a_message_up_to_its_numbers(self):
        with Gateway({"track": {"persons_min": 1}}) as gateway:
            for answer in mllp_send(gateway.mllp_port, readmission(1, "V1", 400.0) + readmission(2, "V2", 1500.0)):
                self.assertTrue(answer.accepted)
            gateway.wait_processed()
            cell = gateway.json("/api/v1/indicators/G1.1/explain?at=2026-01")
            self.assertEqual((cell["numerator"], cell["denominator"]), (1, 3))
            self.assertEqual({k: cell["cell"][k] for k in ("numerator", "denominator")}, {"numerator": 1, "denominator": 3})
            self.assertIsNone(cell["next"])
            self.assertNotIn(cpr(1), json.dumps(cell))
            ref = next(c["ref"] for c in cell["contributions"] if c["numerator"] == 1)

            down = gateway.json(f"/api/v1/contributions/{ref}")
            starts = [(a["message"], o) for f in down["facts"] if f["kind"] == "contact" for a in f["attributes"] if a["name"] == "start" and a["needed"] for o in a["origins"]]
            self.assertEqual(len(starts), 2)
            message, origin = next((m, o) for m, o in starts if o["bytes"].startswith("20260117"))
            self.assertTrue(origin["source"].startswith("PV1[1]-44"), origin)
            self.assertIn("period.start", origin["element"])
            self.assertRegex(origin["row"], r"^maps/.*:\d+$")
            self.assertTrue(down["accounts"][0]["outcomes"][0]["counts"])
            self.assertEqual(down["events"][-1]["sign"], 1)

            up = gateway.json(f"/api/v1/messages/{message}/explain?indicator=G1.1")
            told = {(f["kind"], a["name"]) for f in up["facts"] for a in f["attributes"] if a["holds"]}
            self.assertIn(("contact", "start"), told)
            self.assertTrue(up["accounts"])
            seen = [e["indicator"] for m in {e["message"] for e in down["events"]} for e in gateway.json(f"/api/v1/messages/{m}/explain")["events"]]
            self.assertIn("G1.1", seen)

            def run(*words):
                done = sluse(*words, "--api", gateway.web)
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout.decode()

            self.assertIn("G1.1", run("goals", "explain", "1"))
            self.assertIn(ref, run("goals", "explain", "G1.1", "--at", "2026-01"))
            text = run("goals", "explain", ref)
            self.assertIn("PV1[1]-44", text)
            self.assertIn("specialty: somatic", text)
            self.assertIn("told", run("messages", "show", message, "--explain"))
            self.assertIn("then", run("goals", "explain", "G1.1", "--message", message))
            self.assertIn("explained", gateway.log_file.read_text())

    def test_only_the_content_role_may_look(self):
        tokens = {"looker": "viewer,operator", "reader": "content-viewer"}
        with Gateway() as probe:
            folder = probe.folder / "tokens"
            folder.write_text("".join(f"{roles} {hashlib.sha256(name.encode()).hexdigest()} {name}\n" for name, roles in tokens.items()))
            with Gateway({"listen": {"http": {"tokens_file": str(folder)}}}) as gateway:
                for path in ("/api/v1/indicators/G1.1/explain?at=2026-01", "/api/v1/contributions/x", "/api/v1/messages/00000000000000000000000001/explain"):
                    for token, statuses in ((None, {401}), ("looker", {403}), ("reader", {200, 400, 404})):
                        headers = {"Authorization": f"Bearer {token}"} if token else {}
                        self.assertIn(gateway.request("GET", path, headers=headers).status, statuses, (path, token))
                wait_until("each look has its line", lambda: "reader" in gateway.log_file.read_text())


if __name__ == "__main__":
    main()
