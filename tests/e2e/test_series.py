# tests/e2e/test_series.py — published series: taken in as tables and MeasureReports, shown like every indicator, corrected by sending again.
import json
import pathlib
import tempfile
import unittest

from harness import Gateway, main, wait_until

SMOKERS = """indicator;period;region;municipality;value;denominator;reporter
G7.2;2023;;;13,1;5000;SST
G7.2;2023;DK-84;;12,5;2000;SST
G7.2;2023;DK-81;;14;1000;SST
G7.2;2024;;;12,2;5200;SST
"""


def report(score, status="complete"):
    return json.dumps({"resourceType": "MeasureReport", "id": "lup", "status": status, "type": "summary", "measure": "http://example.org/Measure/G6.1.acute|2024",
                       "period": {"start": "2024-01-01", "end": "2024-12-31"},
                       "group": [{"measureScore": {"value": score}, "stratifier": [{"code": [{"text": "region"}], "stratum": [
                           {"value": {"text": "DK-82"}, "measureScore": {"value": score + 0.1}}]}]}]}).encode()


class Series(unittest.TestCase):
    def send(self, gateway, table):
        answer = gateway.post("/api/v1/messages", table.encode(), "text/csv")
        self.assertEqual(answer.status, 200, answer.body)
        gateway.wait_processed()

    def shown(self, gateway, indicator, query):
        return {(row["period"], row["group"]): round(row["value"], 6) for row in gateway.rows(indicator, query) if row["value"] is not None}

    def test_a_table_is_shown_and_corrected_by_sending_its_period_again(self):
        with Gateway() as gateway:
            self.send(gateway, SMOKERS)
            years = "period=year"
            wait_until("both years are shown", lambda: len(self.shown(gateway, "G7.2", years)) == 2)
            self.assertEqual(self.shown(gateway, "G7.2", years), {("2023", ""): 13.1, ("2024", ""): 12.2})
            self.assertEqual({key[1]: value for key, value in self.shown(gateway, "G7.2", years + "&by=region").items() if key[0] == "2023" and key[1]}, {"DK-84": 12.5, "DK-81": 14.0})
            current = next(i for goal in gateway.json("/api/v1/goals")["goals"] for i in goal["indicators"] if i["id"] == "G7.2")["current"]
            self.assertEqual((current["value"], current["suppressed"]), (12.2, False))
            # The corrected 2023 has one region only: what it leaves out is no more.
            self.send(gateway, "indicator,period,region,value,denominator,reporter\nG7.2,2023,,13.3,5000,SST\nG7.2,2023,DK-84,12.9,2000,SST\n")
            wait_until("the correction holds", lambda: self.shown(gateway, "G7.2", years).get(("2023", "")) == 13.3)
            regions = {key[1]: value for key, value in self.shown(gateway, "G7.2", years + "&by=region").items() if key[0] == "2023" and key[1]}
            self.assertEqual(regions, {"DK-84": 12.9})
            self.send(gateway, "indicator,period,status,reporter\nG7.2,2023,error,SST\n")
            wait_until("the year is taken back", lambda: set(self.shown(gateway, "G7.2", years)) == {("2024", "")})
            self.assertGreater(gateway.verify_stopped(), 0)

    def test_a_measure_report_is_taken_as_fhir(self):
        with Gateway() as gateway:
            for score in (3.9, 4.1):
                answer = gateway.post("/fhir", report(score), "application/fhir+json")
                self.assertEqual(answer.status, 200, answer.body)
            gateway.wait_processed()
            wait_until("the newest holds", lambda: self.shown(gateway, "G6.1.acute", "period=year") == {("2024", ""): 4.1})
            self.assertAlmostEqual(self.shown(gateway, "G6.1.acute", "period=year&by=region")[("2024", "DK-82")], 4.2)

    def test_mistakes_are_told_with_line_and_column_and_nothing_is_taken(self):
        with Gateway() as gateway:
            answer = gateway.post("/api/v1/messages", b"indicator,period,value\nG7.2,2023,13.1\nG7.2,2O24,12\n", "text/csv")
            self.assertEqual(answer.status, 422)
            self.assertIn(b"line 3, column 6 (period)", answer.body)
            self.assertEqual(gateway.balance()["acknowledged"], 0)

    def test_a_file_dropped_into_a_folder_is_taken(self):
        with tempfile.TemporaryDirectory() as made:
            drop = pathlib.Path(made) / "drop"
            drop.mkdir()
            with Gateway({"files": [{"folder": str(drop), "settle": "200ms"}]}) as gateway:
                (drop / ".part").write_text(SMOKERS)
                (drop / ".part").rename(drop / "smokers.csv")
                wait_until("it is read", lambda: list((drop / "done").glob("smokers*")) if (drop / "done").exists() else [])
                gateway.wait_processed()
                wait_until("and shown", lambda: self.shown(gateway, "G7.2", "period=year").get(("2024", "")) == 12.2)
                (drop / "wrong.csv").write_text("indicator,period,value\nG7.2,2023,-1\n")
                wait_until("the wrong one is put aside", lambda: list((drop / "failed").glob("wrong*")) if (drop / "failed").exists() else [])


if __name__ == "__main__":
    main()
