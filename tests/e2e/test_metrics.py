# tests/e2e/test_metrics.py — every metric that a dashboard panel, an alert or the operator's guide names is one that the gateway has.
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import harness

ROOT = os.environ.get("SLUSE_SOURCE_DIR", os.path.join(os.path.dirname(__file__), "..", ".."))
NAMED_IN = ["config/grafana/dashboards/sluse.json", "config/prometheus/alerts.yml", "docs/operating.md"]
# Only there when something else is: TLS, a turned-away connection, the spool (brokers; tests/e2e/test_spool.py).
CONDITIONAL = {"sluse_tls_certificate_expiry_timestamp_seconds", "sluse_connections_rejected_total"}


class MetricsTest(harness.Case):
    def test_what_operators_look_at_exists(self):
        with tempfile.TemporaryDirectory() as folder, harness.Gateway({"files": [{"folder": folder}]}) as gateway:
            harness.mllp_send(gateway.mllp_port, [harness.admission("M1", 1, "V1"), harness.admission("M2", 2, "V2", diagnosis="")])
            gateway.wait_processed()
            # The stages are sampled at most every few seconds.
            harness.wait_until("the stages are sampled", lambda: b"sluse_processed_messages{" in gateway.get("/metrics").body, 30, every=0.5)
            text = gateway.get("/metrics").body.decode()
        have = set(re.findall(r"^# TYPE (sluse_\w+)", text, re.M))
        self.assertIn("sluse_messages_received_total", have)
        for path in NAMED_IN:
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bsluse_[a-z]\w*", file.read())}
            self.assertTrue(named, path)
            missing = {name for name in named - have - CONDITIONAL if not name.startswith("sluse_spool_")}
            self.assertEqual(missing, set(), path)


if __name__ == "__main__":
    harness.main()
