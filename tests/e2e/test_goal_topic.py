# tests/e2e/test_goal_topic.py — a consumer of the compacted topic holds the numbers of the page, through corrections, kill -9 and a restart.
import json

import jsonschema

from harness import SOURCE, Broker, Case, Gateway, adt, admission, cpr, main, mllp_send, wait_until
from test_kafka import kafka, read_topic

NUMBERS = ("suppressed", "numerator", "denominator", "persons", "value", "median", "p90", "state", "finalOn")


def settings(broker):
    return {**kafka(broker, "one"), "track": {"persons_min": 5, "goals_every": "300ms"}}


def held(records):
    """What the topic says once it is compacted: the newest of each key."""
    newest = {}
    for _, key, value in records:
        newest[key.decode()] = json.loads(value)["data"] if value else None
    return {key: data for key, data in newest.items() if data}


def current(records):
    """Each current number of admissions that the topic shows."""
    return {key: data["denominator"] for key, data in held(records).items() if key.startswith("G8.1@") and key.endswith("/current")}


def numbers(row):
    return {name: row[name] for name in NUMBERS}


def shown(gateway):
    """The same numbers as the API gives them: every month in total and by region, and the headlines."""
    cells = {}
    goals = gateway.json("/api/v1/goals")
    for indicator in [one for goal in goals["goals"] for one in goal["indicators"]] + goals["others"]:
        name = f"{indicator['id']}@{indicator['version']}"
        if indicator["current"]:
            cells[f"{name}/current"] = numbers(indicator["current"])
        if not indicator["trend"]:
            continue
        for row in gateway.json(f"/api/v1/indicators/{indicator['id']}?period=month")["rows"]:
            cells[f"{name}/{row['period']}"] = numbers(row)
        for row in gateway.json(f"/api/v1/indicators/{indicator['id']}?period=month&by=region")["rows"]:
            cells[f"{name}/{row['period']}/region/{row['group']}"] = numbers(row)
    return cells


class GoalTopicTest(Case):
    def agrees(self, broker, gateway):
        """The records so far, once the topic holds what the page shows."""
        gateway.wait_processed()
        records = []

        def same():
            records[:] = read_topic(broker, "sluse.goals")
            told, page = held(records), shown(gateway)
            return all(numbers(told.get(key, dict.fromkeys(NUMBERS))) == row for key, row in page.items())

        wait_until("the topic holds the page's numbers", same, 90, every=0.5)
        return list(records)

    def test_the_topic_holds_what_the_page_shows(self):
        schema = jsonschema.Draft202012Validator(json.loads((SOURCE / "schemas/events/goal-cell.schema.json").read_text()), format_checker=jsonschema.FormatChecker())
        with Broker() as broker, Gateway(settings(broker)) as gateway:
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, [admission(f"A{i}", i, f"V{i}", start=i, hours=13 + i) for i in range(30)])}, {"AA"})
            wait_until("all thirty are counted", lambda: gateway.total("G8.1")[1] == 30)
            first = self.agrees(broker, gateway)
            self.assertTrue(any(key.startswith(b"G8.1@") and json.loads(value)["data"]["denominator"] == 30 for _, key, value in first))
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, [adt("A11", f"C{i}", i, f"V{i}", start=i, at=900) for i in range(10)])}, {"AA"})
            # Twenty, or up to four more: when they were counted in two goes, the last few are held back.
            wait_until("ten fewer are told", lambda: all(20 <= n < 25 for n in current(read_topic(broker, "sluse.goals")).values()))
            second = self.agrees(broker, gateway)
            self.assertGreater(len(second), len(first))
            gateway.kill()
            gateway.start()
            self.assertEqual(mllp_send(gateway.mllp_port, [admission("X1", 99, "V99", start=40, hours=20)])[0].code, "AA")
            third = self.agrees(broker, gateway)
            self.assertEqual(current(third), current(second), "one person more is held back")
            for _, key, value in third:
                event = json.loads(value)
                schema.validate(event)
                self.assertEqual(event["subject"], key.decode())
                data = event["data"]
                self.assertTrue(data["suppressed"] or data["persons"] is None or data["persons"] >= 5, data)
                self.assertNotIn(cpr(1), value.decode())
            said = [(key, json.dumps(json.loads(value)["data"], sort_keys=True)) for _, key, value in third]
            self.assertTrue(all(a != b for key in held(third) for a, b in self.pairs([data for one, data in said if one.decode() == key])), "only what changed is written")

    @staticmethod
    def pairs(values):
        return zip(values, values[1:])


if __name__ == "__main__":
    main()
