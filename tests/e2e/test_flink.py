# tests/e2e/test_flink.py — Apache Flink SQL sums sluse.indicator-events, some of them delivered twice, and gets the numbers that Sluse shows.
import collections
import csv
import subprocess

from harness import SOURCE, Broker, Case, Gateway, admission, adt, main, mllp_send, pcr
from test_kafka import kafka, read_topic


def flink(broker, out):
    """Cells by (indicator, month, municipality): numerator and denominator, as Flink sums them."""
    done = subprocess.run([SOURCE / "docs/flink/run", broker.address, "sluse.", out], capture_output=True, timeout=400, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode()[-4000:])
    cells = collections.defaultdict(lambda: [0, 0])
    for file in out.rglob("part-*"):
        for indicator, _, month, municipality, *_, numerator, denominator, _ in csv.reader(file.read_text().splitlines()):
            cells[indicator, month, municipality][0] += int(numerator)
            cells[indicator, month, municipality][1] += int(denominator)
    return {key: tuple(cell) for key, cell in cells.items() if any(cell)}


class FlinkTest(Case):
    def test_another_engine_gets_the_same_numbers(self):
        with Broker() as broker, Gateway(kafka(broker, "one")) as gateway:
            messages = [admission(f"A{i}", i, f"V{i}", start=24.0 * i, hours=13 + i) for i in range(60)]
            messages += [admission(f"B{i}", i, f"W{i}", start=24.0 * i + 200, hours=30) for i in range(0, 60, 3)]
            messages += [pcr(f"P{i}", i, i % 5 == 0, hours=24.0 * i) for i in range(60)]
            messages += [adt("A11", f"C{i}", i, f"V{i}", start=24.0 * i, at=2000) for i in range(10)]
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, messages)}, {"AA"})
            gateway.wait_processed()
            events = read_topic(broker, "sluse.indicator-events")
            again = b"".join(value + b"\n" for _, _, value in events[::3])
            subprocess.run(["kcat", "-b", broker.address, "-t", "sluse.indicator-events", "-P"], input=again, check=True, timeout=60)
            cells = flink(broker, gateway.folder / "cells")
            kinds = {one["id"]: one["kind"] for one in gateway.json("/api/v1/indicators")["indicators"]}
            shown = {}
            for indicator in sorted({key[0] for key in cells}):
                if kinds[indicator] not in ("proportion", "duration", "count", "mean"):
                    continue  # steps: the API shows days at risk, the events days on which they begin and end
                for row in gateway.rows(indicator, "period=month&by=municipality"):
                    shown[indicator, row["period"], row["group"]] = (row["numerator"], row["denominator"])
            self.assertEqual({key: cell for key, cell in cells.items() if kinds[key[0]] in ("proportion", "duration", "count", "mean")}, shown)
            self.assertGreater(len(shown), 12)
            self.assertIn(("G1.1", "2026-01", "0101"), shown)
            self.assertEqual(gateway.verify().returncode, 0)


if __name__ == "__main__":
    main()
