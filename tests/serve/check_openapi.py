# tests/serve/check_openapi.py — checks every answer of a running server against its own description.
"""Asks a running server every operation of its own description and checks each answer against it.

Usage: check_openapi.py http://127.0.0.1:PORT MESSAGE-ID. Prints one line a mistake; exit 1 if there is one.
"""
import http.client
import json
import sys
import urllib.parse

import jsonschema

BUNDLE = json.dumps({"resourceType": "Bundle", "type": "message", "entry": []})
MSH = "MSH|^~\\&|EPJ|RH|SLUSE|DK|20260301120000||ADT^A01|C1|P|2.5\r"
EVALUATE = json.dumps({"resourceType": "Parameters", "parameter": [
    {"name": "periodStart", "valueDate": "2026-01"}, {"name": "periodEnd", "valueDate": "2026-03"}, {"name": "measure", "valueString": "urn:sluse:measure:G1.1|1"}]})
FHIR = {"Content-Type": "application/fhir+json"}


def requests(message):
    """(method, path of the description, target, headers, body, statuses that are right)"""
    for path in ("/livez", "/readyz", "/metrics", "/fhir/metadata", "/fhir/Measure", "/api/v1/goals", "/api/v1/indicators",
                 "/api/v1/systems", "/api/v1/balance", "/api/v1/journal", "/api/v1/quarantine", "/api/v1/openapi.json"):
        yield "get", path, path, {}, None, (200,)
    yield "get", "/readyz", "/readyz?verbose", {}, None, (200,)
    yield "get", "/api/v1/quarantine", "/api/v1/quarantine?limit=x", {}, None, (400,)
    for goal, statuses in (("1", (200,)), ("9", (404,))):
        yield "get", "/api/v1/goals/{id}", f"/api/v1/goals/{goal}", {}, None, statuses
    for query in ("", "?by=region", "?by=age_band&period=quarter", "?period=all", "?from=2026-01&to=2026-04", "?as-known-on=2026-04-01"):
        yield "get", "/api/v1/indicators/{id}", f"/api/v1/indicators/G1.1{query}", {}, None, (200,)
    yield "get", "/api/v1/indicators/{id}", "/api/v1/indicators/G1.1?period=x", {}, None, (400,)
    for query, status in (("G1.1?chart=usual", 200), ("G1.1?chart=run&by=region", 200), ("G1.1?chart=p", 200), ("G1.1?chart=p-prime&baseline=12&by=unit", 200),
                          ("G1.1?chart=funnel&by=region", 200), ("G8.1?chart=usual", 200), ("G8.1?chart=xbar-s&baseline=6", 200), ("G1.1?chart=t&period=day&exact=true", 200),
                          ("G1.1?chart=g&period=day&exact=true", 200), ("G1.1?chart=funnel-adjusted&by=unit", 200), ("G1.1?chart=g", 400), ("G1.1?chart=funnel-adjusted", 400),
                          ("G1.1?chart=u", 400), ("G1.1?chart=t", 400), ("G1.1?chart=funnel", 400), ("G1.1?chart=p&period=all", 400), ("G1.1?chart=x", 400),
                          ("G1.1?chart=p&baseline=2", 400), ("G1.1?chart=p&baseline=x", 400), ("G1.1?baseline=12", 400)):
        yield "get", "/api/v1/indicators/{id}", f"/api/v1/indicators/{query}", {}, None, (status,)
    for query, status in (("standardise=direct&period=year", 200), ("standardise=direct&period=year&by=region&standard=esp2013", 200), ("standardise=indirect&period=year&by=region", 200),
                          ("standardise=direct&period=all&standard=own", 200), ("standardise=direct", 400), ("standardise=x&period=year", 400), ("standardise=direct&period=year&by=unit", 400),
                          ("standardise=indirect&period=year", 400), ("standardise=direct&period=year&standard=none", 400), ("standard=esp2013&period=year", 400)):
        yield "get", "/api/v1/indicators/{id}", f"/api/v1/indicators/G1.1?{query}", {}, None, (status,)
    yield "get", "/api/v1/indicators/{id}", "/api/v1/indicators/G8.1?standardise=direct&period=year", {}, None, (400,)
    yield "get", "/api/v1/indicators/{id}", "/api/v1/indicators/none", {}, None, (404,)
    yield "get", "/fhir/MeasureReport", "/fhir/MeasureReport?measure=urn:sluse:measure:G1.1&period=2026-03", {}, None, (200,)
    yield "get", "/fhir/MeasureReport", "/fhir/MeasureReport?measure=G1.1&period=never", {}, None, (400,)
    yield "get", "/fhir/MeasureReport", "/fhir/MeasureReport", {}, None, (404,)
    for measure, status in (("G1.1", 200), ("G1.1-v1", 200), ("none", 404)):
        yield "get", "/fhir/Measure/{id}", f"/fhir/Measure/{measure}", {}, None, (status,)
    march = "periodStart=2026-03-01&periodEnd=2026-03-31"
    for query, status in ((march, 200), (march + "&reportType=subject-list", 200), (march + "&reportType=subject", 501), (march + "&subject=Patient/1", 501),
                          ("periodStart=2026&periodEnd=2026", 200), ("periodStart=2026-01&periodEnd=2026-06", 200), ("periodStart=2026-03-02&periodEnd=2026-03-31", 422), ("", 400)):
        yield "get", "/fhir/Measure/{id}/$evaluate-measure", f"/fhir/Measure/G1.1/$evaluate-measure?{query}", {}, None, (status,)
    yield "get", "/fhir/Measure/{id}/$evaluate-measure", f"/fhir/Measure/none/$evaluate-measure?{march}", {}, None, (404,)
    yield "get", "/fhir/Measure/$evaluate-measure", f"/fhir/Measure/$evaluate-measure?measure=urn:sluse:measure:G1.1&{march}", {}, None, (200,)
    yield "get", "/fhir/Measure/$evaluate-measure", f"/fhir/Measure/$evaluate-measure?{march}", {}, None, (400,)
    for path, target in (("/fhir/Measure/{id}/$evaluate-measure", "/fhir/Measure/G1.1/$evaluate-measure"), ("/fhir/Measure/$evaluate-measure",) * 2):
        yield "post", path, target, FHIR, EVALUATE, (200,)
        yield "post", path, target, FHIR, BUNDLE, (400,)
        yield "post", path, target, {"Content-Type": "text/plain"}, EVALUATE, (415,)
    for query, status in (("", 200), ("?system=EPJ&type=ADT&status=processed&limit=1", 200), ("?system=none", 200), ("?before=7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 200),
                          ("?before=short", 400), ("?limit=0", 400), ("?limit=501", 400), ("?status=well", 400)):
        yield "get", "/api/v1/messages", f"/api/v1/messages{query}", {}, None, (status,)
    for tail in ("", "/content"):
        path = "/api/v1/messages/{id}" + tail
        if message:
            yield "get", path, f"/api/v1/messages/{message}{tail}", {}, None, (200,)
        yield "get", path, f"/api/v1/messages/00000000000000000000000001{tail}", {}, None, (404,)
        yield "get", path, f"/api/v1/messages/short{tail}", {}, None, (400,)
    for query, status in (("", 200), ("?kind=chart&limit=1", 200), ("?kind=x", 400), ("?limit=x", 400)):
        yield "get", "/api/v1/signals", f"/api/v1/signals{query}", {}, None, (status,)
    for query, status in (("", 200), ("?watch=belt&limit=1", 200), ("?watch=none", 404), ("?limit=x", 400)):
        yield "get", "/api/v1/open", f"/api/v1/open{query}", {}, None, (status,)
    for query, status in (("?at=2026-09", 200), ("?at=2026-W36&by=age-band&group=65-69&limit=1", 200), ("", 400), ("?at=2026-09&limit=0", 400)):
        yield "get", "/api/v1/indicators/{id}/explain", f"/api/v1/indicators/G1.1/explain{query}", {}, None, (status,)
    yield "get", "/api/v1/indicators/{id}/explain", "/api/v1/indicators/none/explain?at=2026", {}, None, (404,)
    for ref, statuses in (("0~5c0e~G1.1@1~77", (200, 400)), ("gone", (400, 404))):  # 400: a real gateway knows no such person
        yield "get", "/api/v1/contributions/{id}", f"/api/v1/contributions/{ref}", {}, None, statuses
    for target, status in ((f"{message}/explain?indicator=G1.1", 200), ("short/explain", 400), ("00000000000000000000000001/explain", 404)):
        if target[0] != "/":
            yield "get", "/api/v1/messages/{id}/explain", f"/api/v1/messages/{target}", {}, None, (status,)
    for action in ("retry", "discard"):
        path = "/api/v1/quarantine/{id}/" + action
        yield "post", path, f"/api/v1/quarantine/00000000000000000000000001/{action}", {}, None, (404,)
        yield "post", path, f"/api/v1/quarantine/short/{action}", {}, None, (400,)
    yield "post", "/api/v1/recompute", "/api/v1/recompute", {}, None, (200,)
    for path in ("/fhir", "/fhir/$process-message"):
        yield "post", path, path, FHIR, BUNDLE, (200, 422)
        yield "post", path, path, {"Content-Type": "text/plain"}, BUNDLE, (415,)
        yield "post", path, path, FHIR, " ", (400,)
    xml = {"Content-Type": "application/xml"}
    yield "post", "/vans", "/vans", xml, "<VANSEnvelope/>", (200, 422)
    yield "post", "/vans", "/vans", xml, "<other/>", (422,)
    yield "post", "/vans", "/vans", {"Content-Type": "text/plain"}, "<VANSEnvelope/>", (415,)
    yield "post", "/vans", "/vans", xml, " ", (400,)
    yield "post", "/api/v1/messages", "/api/v1/messages", {}, MSH, (200, 422)
    yield "post", "/api/v1/messages", "/api/v1/messages", {}, "nothing that is known", (415,)
    yield "get", "/api/v1/goals", "/api/v1/goals", {"Host": "elsewhere.example"}, None, (421,)


def resolve(description, node):
    while "$ref" in node:
        found = description
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def mistakes_in(description, operation, status, content_type, body):
    answer = operation["responses"].get(str(status))
    if answer is None:
        yield f"status {status} is not described"
        return
    media = content_type.split(";")[0]
    content = resolve(description, answer).get("content", {})
    if media not in content:
        yield f"status {status}: {media} is not described"
        return
    schema = content[media].get("schema")
    if schema is None or "json" not in media:
        return
    # The description's components go along, so that its references resolve inside one schema.
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": description["components"], **schema}
    for error in jsonschema.Draft202012Validator(whole).iter_errors(json.loads(body)):
        yield f"status {status}: {error.json_path}: {error.message[:200]}"


def ask(base, method, target, headers, body):
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=20)
    connection.request(method.upper(), target, body=body.encode() if body is not None else None, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Content-Type", ""), text


def check_live(base, description):
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=20)
    connection.request("GET", "/api/v1/live")
    answer = connection.getresponse()
    seen = ""
    while "event: throughput" not in seen or not seen.endswith("\n"):
        line = answer.readline().decode()
        seen += line
        if line.startswith("data: ") and "event: throughput" in seen:
            whole = {"components": description["components"], "$ref": "#/components/schemas/Throughput"}
            jsonschema.Draft202012Validator(whole).validate(json.loads(line[6:]))
            break
    connection.close()


def main():
    base, message = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    description = json.loads(ask(base, "get", "/api/v1/openapi.json", {}, None)[2])
    untried = {(path, method) for path, item in description["paths"].items() for method in item} - {("/api/v1/live", "get")}
    found = 0
    for method, path, target, headers, body, right in requests(message):
        untried.discard((path, method))
        status, content_type, text = ask(base, method, target, headers, body)
        mistakes = list(mistakes_in(description, description["paths"][path][method], status, content_type, text))
        if status not in right:
            mistakes.append(f"status {status}, not {right}: {text[:200]}")
        for mistake in mistakes:
            print(f"{method} {target}: {mistake}")
        found += len(mistakes)
    check_live(base, description)
    for path, method in sorted(untried):
        print(f"{method} {path}: was not tried")
    sys.exit(1 if found or untried else 0)


if __name__ == "__main__":
    main()
