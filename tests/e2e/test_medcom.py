# tests/e2e/test_medcom.py — MedCom's FHIR messages over HTTP: the acknowledgement Bundle, a resend in the other syntax, a reused Bundle.id.
import json
import pathlib
import re
import uuid
from xml.sax import saxutils

from harness import Case, Gateway, main

CASES = pathlib.Path(__file__).parent.parent / "fhir" / "cases"
JSON, XML = "application/fhir+json", "application/fhir+xml"


def notification(name="notification_admit"):
    return json.loads((CASES / f"{name}.json").read_text())


def resources(bundle, kind):
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def xml(name, value):
    """FHIR's XML of JSON whose elements stand in R4's order."""
    if isinstance(value, list):
        return "".join(xml(name, one) for one in value)
    if not isinstance(value, dict):
        return value if name == "div" else f'<{name} value={saxutils.quoteattr(str(value).lower() if isinstance(value, bool) else str(value))}/>'
    resource = value.get("resourceType")
    # of a primitive's extension `_name` there is none in the cases used here
    inner = "".join(xml(key, one) for key, one in value.items() if key not in ("resourceType", "url" if name == "extension" else ""))
    space = ' xmlns="http://hl7.org/fhir"' if name == "Bundle" else ""
    url = f' url={saxutils.quoteattr(value["url"])}' if name == "extension" else ""
    body = f"<{resource}{space}>{inner}</{resource}>" if resource else inner
    return body if resource == name else f"<{name}{url}>{body}</{name}>"


def response(answer):
    return resources(json.loads(answer.body), "MessageHeader")[0]


class MedComTest(Case):
    def test_a_notification_is_acknowledged_and_counts_once(self):
        with Gateway() as gateway:
            message = notification()
            first = gateway.post("/fhir/$process-message", json.dumps(message), JSON)
            self.assertEqual(first.status, 200, first.body)
            self.assertEqual(response(first)["response"], {"identifier": message["entry"][0]["resource"]["id"], "code": "ok"})
            message["id"] = str(uuid.uuid4())
            again = gateway.post("/fhir", json.dumps(message), JSON)
            self.assertEqual(response(again)["id"], response(first)["id"], "a resend gets the same acknowledgement")
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"], balance["duplicates"]), (0, 1, 1), balance)

    def test_a_resend_in_the_other_syntax_is_answered_alike_and_counts_once(self):
        with Gateway() as gateway:
            message = notification()
            first = gateway.post("/fhir", json.dumps(message), JSON)
            message["id"] = str(uuid.uuid4())
            again = gateway.post("/fhir", xml("Bundle", message), XML)
            self.assertEqual(again.status, 200, again.body)
            self.assertIn(f'<MessageHeader><id value="{response(first)["id"]}"/>', again.body.decode())
            self.assertIn('<code value="ok"/>', again.body.decode())
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"], balance["duplicates"]), (0, 1, 1), balance)

    def test_what_breaks_the_profile_is_a_fatal_error(self):
        with Gateway() as gateway:
            message = notification()
            del resources(message, "Encounter")[0]["class"]
            answer = gateway.post("/fhir", json.dumps(message), JSON)
            self.assertEqual(answer.status, 422)
            self.assertEqual(response(answer)["response"]["code"], "fatal-error")
            outcome = resources(json.loads(answer.body), "OperationOutcome")[0]
            self.assertEqual(outcome["issue"][0]["expression"], ["Bundle.entry[2].resource.class"])

    def test_a_bundle_id_names_one_message(self):
        with Gateway() as gateway:
            message, other = notification(), notification("notification_leave")
            self.assertEqual(gateway.post("/fhir", json.dumps(message), JSON).status, 200)
            other["id"] = message["id"]
            answer = gateway.post("/fhir", json.dumps(other), JSON)
            self.assertEqual(response(answer)["response"]["code"], "fatal-error")

    def test_an_incremental_delivery_is_a_message_for_each_citizen(self):
        delivery = (CASES.parent.parent / "process" / "documents" / "kl_incremental_delivery.json").read_text()
        with Gateway() as gateway:
            answer = gateway.post("/fhir", delivery, JSON)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(json.loads(answer.body)["resourceType"], "OperationOutcome")
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"]), (0, 2), balance)
        with Gateway() as gateway:
            answer = gateway.post("/fhir", xml("Bundle", json.loads(delivery)), XML)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertIn(b"<OperationOutcome", answer.body)
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"]), (0, 2), "as XML too")

    def test_xml_is_answered_in_xml(self):
        patient = '<Patient xmlns="http://hl7.org/fhir"><id value="x"/><gender value="male"/></Patient>'
        with Gateway() as gateway:
            answer = gateway.post("/fhir", patient, XML)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertTrue(re.match(rb"<\?xml[^>]*>\s*<OperationOutcome xmlns=.http://hl7.org/fhir.", answer.body), answer.body)
            broken = gateway.post("/fhir", patient.replace("</Patient>", ""), XML)
            self.assertEqual(broken.status, 422)
            self.assertIn(b"line 1", broken.body)


if __name__ == "__main__":
    main()
