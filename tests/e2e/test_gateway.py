# tests/e2e/test_gateway.py — a message in over MLLP, HTTP or a folder comes out as FHIR and moves a goal; what is bad is refused with its place.
import json
import pathlib
import urllib.parse

from harness import Case, Gateway, Mllp, admission, adt, cpr, main, mllp_send, pcr, sluse, stamp, wait_until


def fhir_admission(control, person, visit, start, end):
    """A message Bundle about one finished admission."""
    def when(hours):
        text = stamp(hours)
        return f"{text[0:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}+01:00"

    def entry(kind, number, **rest):
        return {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{number:012d}", "resource": {"resourceType": kind, "id": f"{kind.lower()}-{number}", **rest}}

    patient, encounter = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000002"}, "urn:uuid:00000000-0000-4000-8000-000000000003"
    return json.dumps({
        "resourceType": "Bundle",
        "type": "message",
        "identifier": {"system": "urn:test:fhir", "value": control},
        "timestamp": when(end),
        "entry": [
            entry("MessageHeader", 1, eventCoding={"system": "urn:test", "code": "discharge"}, source={"name": "SP|RH9", "endpoint": "urn:test:sp"}, focus=[{"reference": encounter}]),
            entry("Patient", 2, identifier=[{"system": "urn:oid:1.2.208.176.1.2", "value": cpr(person)}], gender="female", birthDate="1950-01-01"),
            entry("Encounter", 3, identifier=[{"system": "urn:test:visit", "value": visit}], status="finished", subject=patient,
                  **{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}},
                  priority={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActPriority", "code": "A"}]},
                  period={"start": when(start), "end": when(end)},
                  serviceProvider={"identifier": {"system": "urn:oid:1.2.208.176.1.1", "value": "990101100001600"}}),
        ],
    })


class GatewayTest(Case):
    def test_message_over_mllp_comes_out_as_fhir_and_moves_a_goal(self):
        with Gateway() as gateway:
            with Mllp(gateway.mllp_port) as link:
                ack = link.exchange(admission("M1", 1, "V1", start=0, hours=48))
            self.assertEqual((ack.code, ack.control_id), ("AA", "M1"))
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 1, "one admission")
            system = next(s for s in gateway.json("/api/v1/systems")["systems"] if s["name"] == "EPJ|RH1")
            self.assertEqual((system["received"], system["acknowledged"], system["refused"]), (1, 1, 0))
            self.assertEqual(gateway.balance()["difference"], 0)
            done = gateway.verify()
            self.assertEqual(done.returncode, 0, done.stderr.decode())

    def test_the_same_admission_over_http_counts_as_well(self):
        with Gateway() as gateway:
            answer = gateway.post("/fhir", fhir_admission("F1", 2, "V2", 0, 36), "application/fhir+json")
            self.assertIn(answer.status, (200, 201, 202), answer.body)
            raw = gateway.post("/api/v1/messages", admission("H1", 3, "V3", start=0, hours=30), "application/octet-stream")
            self.assertIn(raw.status, (200, 201, 202), raw.body)
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 2)

    def test_a_message_shows_what_it_changed(self):
        with Gateway() as gateway:
            answer = gateway.post("/api/v1/messages", admission("H1", 4, "V4", hours=30), "application/octet-stream").json()
            message = answer["messages"][0]["id"] if "messages" in answer else answer["id"]
            gateway.wait_processed()
            view = gateway.json(f"/api/v1/messages/{message}")
            self.assertEqual(view["controlId"], "H1")
            self.assertIn("Encounter", {r["type"] for r in view["resources"]})
            self.assertIn("G8.1", {c["indicator"] for c in view["changes"]})
            self.assertNotIn(cpr(4), json.dumps(view), "no identity without the content role's route")

    def test_duplicates_get_the_same_answer_and_no_second_effect(self):
        with Gateway() as gateway:
            first = admission("D1", 5, "V5", hours=40)
            answers = mllp_send(gateway.mllp_port, [first, first, first, admission("D2", 5, "V5", hours=40)])
            self.assertEqual([a.code for a in answers], ["AA"] * 4)
            balance = gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 1)
            self.assertEqual(balance["duplicates"], 2, "the same bytes twice more; a new control id is a new message")
            self.assertEqual(balance["difference"], 0)

    def test_an_operator_lists_what_came_and_sends_one_on(self):
        with Gateway() as gateway, Gateway() as other:
            sent = [admission(f"L{n}", n, f"V{n}", hours=20) for n in range(1, 9)]
            mllp_send(gateway.mllp_port, [*sent, sent[0], pcr("L9", 9, True, hours=3), admission("L10", "", "V9", hours=20)])
            gateway.wait_processed()

            def listed(**question):
                return gateway.json(f"/api/v1/messages?{urllib.parse.urlencode(question)}")

            newest = listed()["messages"]
            self.assertEqual([one["id"] for one in newest], sorted((one["id"] for one in newest), reverse=True))
            self.assertEqual({one["controlId"]: one["status"] for one in newest if one["controlId"] in ("L8", "L9", "L10")},
                             {"L8": "processed", "L9": "processed", "L10": "refused"})
            self.assertEqual([one["controlId"] for one in listed(status="duplicate")["messages"]], ["L1"])
            self.assertEqual([one["controlId"] for one in listed(type="ORU")["messages"]], ["L9"])
            self.assertEqual(listed(system="nobody")["messages"], [])
            pages, question = [], {"limit": 3}
            while question.get("before") is not None or not pages:
                answer = listed(**question)
                pages += [one["id"] for one in answer["messages"]]
                question["before"] = answer["next"]
            self.assertEqual(pages, [one["id"] for one in newest], "page by page nothing is missed and nothing comes twice")
            self.assertNotIn(cpr(1), json.dumps(newest))

            table = sluse("messages", "list", "--type", "ORU", "--api", gateway.web).stdout.decode().splitlines()
            self.assertEqual((len(table), table[1].split()[-2:]), (2, ["L9", "processed"]))
            said = sluse("messages", "resend", pages[-1], "--to", f"mllp://127.0.0.1:{other.mllp_port}", "--api", gateway.web)
            self.assertEqual((said.returncode, b"accepted" in said.stdout), (0, True), said)
            other.wait_processed()
            self.assertEqual([one["controlId"] for one in other.json("/api/v1/messages")["messages"]], ["L1"])
            self.assertEqual(other.total("G8.1")[1], 1)

    def test_bad_messages_are_refused_with_the_place(self):
        with Gateway() as gateway, Mllp(gateway.mllp_port) as link:
            nobody = link.exchange(admission("B1", "", "V6", hours=20))
            self.assertEqual((nobody.code, nobody.control_id), ("AE", "B1"))
            self.assertTrue(nobody.errors and nobody.errors[0][2].startswith("PID"), nobody.bytes)
            unknown = link.exchange(adt("A01", "B2", 6, "V6", start=0).replace(b"ADT^A01^ADT_A01", b"XYZ^Z99^XYZ_Z99"))
            self.assertIn(unknown.code, ("AR", "AE"))
            self.assertEqual(unknown.errors[0][3].split("^")[0] in ("200", "201"), True, unknown.bytes)
            for text in ("hello, is anybody there?", "PID|1||2512489996", "<ClinicalDocument/>"):
                stranger = link.exchange(text)
                self.assertEqual((stranger.code, stranger.control_id), ("AR", ""), "a sender that waits gets an answer")
                self.assertEqual(stranger.errors[0][2:4], ["MSH^1", "100^Segment sequence error^HL70357"], stranger.bytes)
            self.assertEqual(link.exchange(admission("B3", 7, "V7", hours=20)).code, "AA", "the connection lives on")
            refused = gateway.post("/fhir", "{\"resourceType\": \"Bundle\", \"type\"", "application/fhir+json")
            self.assertGreaterEqual(refused.status, 400)
            self.assertEqual(refused.json()["resourceType"], "OperationOutcome")
            balance = gateway.wait_processed()
            self.assertEqual((balance["unansweredNow"], balance["difference"]), (0, 0))
            self.assertEqual(balance["refused"], 6)
            kept = [(one["kind"], one["reason"]) for one in gateway.json("/api/v1/quarantine")["messages"]]
            self.assertEqual(kept.count(("refused", "MSH: the message does not begin with MSH")), 3, "an operator finds what was refused")

    def test_corrections_and_cancellations_move_the_number_back(self):
        with Gateway() as gateway:
            mllp_send(gateway.mllp_port, [
                adt("A01", "C1", 8, "V8", start=0, at=0),
                adt("A03", "C2", 8, "V8", start=0, end=10, at=10),
            ])
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 0, "ten hours are no admission")
            mllp_send(gateway.mllp_port, [adt("A08", "C3", 8, "V8", start=0, end=13, at=14)])
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 1, "thirteen are")
            mllp_send(gateway.mllp_port, [adt("A11", "C4", 8, "V8", start=0, at=20)])
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 0, "opened by mistake")
            done = gateway.verify()
            self.assertEqual(done.returncode, 0, done.stderr.decode())

    def test_a_readmission_is_counted_and_a_merge_makes_one(self):
        with Gateway() as gateway:
            mllp_send(gateway.mllp_port, [
                admission("R1", 9, "V9", start=0, hours=48),
                admission("R2", "0703921VJ4^^^&1.2.208.176.1.6.1.1&ISO^NI", "V10", start=240, hours=48),
            ])
            gateway.wait_processed()
            self.assertEqual(gateway.total("G1.1"), (0, 2))
            mllp_send(gateway.mllp_port, [adt("A40", "R3", 9, "", at=300, mrg="0703921VJ4^^^&1.2.208.176.1.6.1.1&ISO^NI")])
            gateway.wait_processed()
            self.assertEqual(gateway.total("G1.1"), (1, 2), "one person: came back after eight days")
            done = gateway.verify()
            self.assertEqual(done.returncode, 0, done.stderr.decode())

    def test_positive_tests_are_counted(self):
        with Gateway() as gateway:
            mllp_send(gateway.mllp_port, [pcr(f"P{i}", 100 + i, i % 4 == 0, hours=i) for i in range(8)])
            gateway.wait_processed()
            self.assertEqual(gateway.total("PAN"), (2, 8))

    def test_files_dropped_into_a_folder_are_read_and_moved(self):
        with Gateway({"files": []}) as probe:
            drop = pathlib.Path(probe.folder) / "drop"
        drop.mkdir(parents=True)
        with Gateway({"files": [{"folder": str(drop), "settle": "200ms"}]}) as gateway:
            part = drop / ".part"
            part.write_bytes(b"".join(admission(f"F{i}", 200 + i, f"VF{i}", hours=20 + i) for i in range(5)))
            part.rename(drop / "good.hl7")
            wait_until("the file is moved to done/", lambda: list((drop / "done").glob("good*")) if (drop / "done").exists() else [])
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 5)
            (drop / "bad.hl7").write_bytes(b"this is no message\r")
            wait_until("the bad one to failed/", lambda: list((drop / "failed").glob("bad*")) if (drop / "failed").exists() else [])

    def test_numbers_survive_a_restart(self):
        with Gateway() as gateway:
            mllp_send(gateway.mllp_port, [admission(f"S{i}", 300 + i, f"VS{i}", hours=15 + i) for i in range(20)])
            gateway.wait_processed()
            before = gateway.rows("G8.1", "by=municipality&period=month")
            self.assertEqual(gateway.stop(), 0)
            gateway.start()
            self.assertEqual(gateway.rows("G8.1", "by=municipality&period=month"), before)
            mllp_send(gateway.mllp_port, [admission("S0", 300, "VS0", hours=15)])
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 20, "a duplicate after the restart is still one")

    def test_few_persons_are_not_shown(self):
        with Gateway({"track": {"persons_min": 5}}) as gateway:
            mllp_send(gateway.mllp_port, [admission(f"K{i}", 400 + i, f"VK{i}", hours=20) for i in range(3)])
            gateway.wait_processed()
            rows = gateway.rows("G8.1")
            self.assertTrue(rows and all(r["suppressed"] and r["denominator"] is None for r in rows), rows)

    def test_metrics_and_health_are_there_and_name_no_one(self):
        with Gateway() as gateway:
            mllp_send(gateway.mllp_port, [admission("X1", 500, "VX1", hours=20)])
            gateway.wait_processed()
            metrics = gateway.get("/metrics").body.decode()
            self.assertIn("sluse_", metrics)
            self.assertEqual(gateway.get("/livez").status, 200)
            for text in (metrics, gateway.log_file.read_text()):
                self.assertNotIn(cpr(500), text)
                self.assertNotIn("Sørensen", text)


if __name__ == "__main__":
    main()
