# tests/e2e/test_truth.py — the numbers over a mixed feed (ADT, notifications, letters, reports) equal those over what really happened.
"""The simulator writes the truth beside the feed; the definitions are written down here once more, over that table. The last two of the
feed's months are not compared: what happened in them is still being told when the feed ends."""
import collections
import csv
import datetime

from harness import Case, Gateway, main, sluse, wait_until

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def when(text):
    return datetime.datetime.fromisoformat(text) if text else None


class Contact:
    def __init__(self, row):
        self.person, self.start, self.end = row["person"], when(row["from"]), when(row["to"])
        self.acute, self.psychiatric, self.died = row["acute"] == "1", row["psychiatric"] == "1", row["died"] == "1"
        self.letter = when(row["letter"])


class Stay:
    """Contacts at most four hours apart; twelve hours make it an admission."""

    def __init__(self, contacts):
        self.contacts = contacts
        self.start, self.end = contacts[0].start, max(c.end for c in contacts)
        self.acute, self.psychiatric = contacts[0].acute, contacts[0].psychiatric
        self.died = any(c.died and c.end >= self.end for c in contacts)

    def month(self):
        return self.end.strftime("%Y-%m")


def stays_of(contacts):
    by_person = collections.defaultdict(list)
    for contact in sorted(contacts, key=lambda c: c.start):
        stays = by_person[contact.person]
        if stays and contact.start - max(c.end for c in stays[-1]) <= 4 * HOUR:
            stays[-1].append(contact)
        else:
            stays.append([contact])
    return {person: [Stay(list(group)) for group in groups] for person, groups in by_person.items()}


def admissions_of(stays):
    return [s for s in stays if s.end - s.start >= 12 * HOUR]


def readmissions(stays, psychiatric=False):
    """month → (readmitted within 30 days, discharged alive); an admission counts for the latest discharge before it."""
    counts = collections.defaultdict(lambda: [0, 0])
    for person in stays.values():
        own = [s for s in admissions_of(person)]
        index = [s for s in own if s.psychiatric == psychiatric and not s.died]
        for s in index:
            counts[s.month()][1] += 1
        for later in own:
            if not later.acute or later.psychiatric != psychiatric:
                continue
            before = [s for s in index if later.start - s.end > datetime.timedelta(0) and (later.start.date() - s.end.date()).days <= 30]
            if before:
                counts[max(before, key=lambda s: s.end).month()][0] += 1
    return counts


def letters_on_time(stays):
    counts = collections.defaultdict(lambda: [0, 0])
    for person in stays.values():
        letters = [c.letter for s in person for c in s.contacts if c.letter]
        for s in admissions_of(person):
            if s.psychiatric or s.died:
                continue
            counts[s.month()][1] += 1
            counts[s.month()][0] += any(-1 <= (letter.date() - s.end.date()).days <= 3 for letter in letters)
    return counts


class Truth(Case):
    def compare(self, gateway, indicator, truth, months):
        told = {row["period"]: (row["numerator"], row["denominator"]) for row in gateway.rows(indicator, "period=month") if not row["suppressed"]}
        for month in months:
            self.assertEqual(told.get(month), tuple(truth[month]), f"{indicator} {month}")

    def test_numbers_over_the_mixed_feed_equal_the_truth(self):
        with Gateway() as gateway:
            table = gateway.folder / "truth.tsv"
            sent = sluse("simulate", "--seed", 23, "--messages", 8000, "--people", 1300, "--months", 4, "--start", "2026-01-01", "--truth", table, "--connections", 2,
                         "--to", f"mllp://127.0.0.1:{gateway.mllp_port}", "--to", f"http://127.0.0.1:{gateway.http_port}", seconds=600)
            self.assertEqual(sent.returncode, 0, sent.stdout.decode()[-2000:] + sent.stderr.decode()[-2000:])
            gateway.wait_processed(600)
            self.assertEqual(gateway.balance()["quarantined"], 0)
            with table.open() as file:
                rows = list(csv.DictReader(file, delimiter="\t"))
            contacts = [Contact(row) for row in rows if row["kind"] == "contact" and row["cancelled"] == "0"]
            stays = stays_of(contacts)
            months = ["2026-01", "2026-02"]
            admissions, tests = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0])
            for person in stays.values():
                for s in admissions_of(person):
                    if not s.psychiatric:
                        admissions[s.month()][1] += 1
            for row in rows:
                if row["kind"] == "pcr":
                    month = row["from"][:7]
                    tests[month][0] += row["positive"] == "1"
                    tests[month][1] += 1
            wait_until("numbers are shown", lambda: gateway.rows("G8.1", "period=month"))
            lengths = {row["period"]: row["denominator"] for row in gateway.rows("G8.1", "period=month")}
            self.assertEqual({month: lengths.get(month) for month in months}, {month: admissions[month][1] for month in months}, "G8.1")
            self.compare(gateway, "PAN", tests, months)
            self.compare(gateway, "G1.1", readmissions(stays), months)
            self.compare(gateway, "X.discharge-letter", letters_on_time(stays), months)
            self.assertGreater(gateway.verify_stopped(400), 0)


if __name__ == "__main__":
    main()
