# tests/e2e/test_signals.py — a belt that is still on after two hours is told once by the running gateway, survives a restart, and is taken back at its end.
import datetime
import json

import jsonschema

from harness import SOURCE, Case, Gateway, cpr, main, wait_until


def belt(control, start, end=None):
    """A psychiatric stay and a belt in it, as a FHIR bundle."""
    subject = {"reference": "Patient/p"}
    period = {"start": start, **({"end": end} if end else {})}
    resources = [
        {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": cpr(1)}], "gender": "female", "birthDate": "1950-01-01"},
        {"resourceType": "Procedure", "id": "b", "identifier": [{"system": "urn:epj:tvang", "value": "B1"}], "status": "completed" if end else "in-progress",
         "code": {"coding": [{"system": "urn:oid:1.2.208.176.2.4", "code": "BRTC00"}]}, "subject": subject, "performedPeriod": period},
    ]
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return json.dumps({"resourceType": "Bundle", "identifier": {"system": "urn:epj", "value": control}, "type": "collection", "timestamp": now,
                       "entry": [{"fullUrl": f"urn:epj/{one['resourceType']}/{one['id']}", "resource": one} for one in resources]})


class SignalsTest(Case):
    def test_an_open_belt_is_told_once_and_taken_back(self):
        schema = jsonschema.Draft202012Validator(json.loads((SOURCE / "schemas/openapi.json").read_text())["components"]["schemas"]["Signals"])
        now = datetime.datetime.now(datetime.timezone.utc)
        start = (now - datetime.timedelta(hours=3)).isoformat(timespec="seconds")

        def told():
            answer = gateway.json("/api/v1/signals?kind=breach")
            schema.validate(answer)
            self.assertNotIn(cpr(1), json.dumps(answer))
            return [(one["what"], one["sign"]) for one in answer["signals"]]

        gateway = Gateway({"track": {"signals_every": "300ms"}})
        with gateway:
            self.assertEqual(gateway.post("/api/v1/messages", belt("1", start), "application/fhir+json").status, 200)
            wait_until("two hours are told", lambda: told() == [("2 h", 1)])
            gateway.stop()
            gateway.start()
            self.assertEqual(gateway.balance()["difference"], 0)
            self.assertEqual(gateway.post("/api/v1/messages", belt("2", start, now.isoformat(timespec="seconds")), "application/fhir+json").status, 200)
            wait_until("the end takes it back", lambda: told() == [("2 h", -1), ("2 h", 1)])
            self.assertEqual(gateway.json("/api/v1/signals?kind=chart")["signals"], [])


if __name__ == "__main__":
    main()
