-- scripts/check-indicators.sql — twelve indicators once more, set by set in SQL over exported FHIR bundles; it shares nothing with the gateway.
-- Read by scripts/check-indicators (DuckDB), which first makes the tables bundles(position, bundle), code_sets(name, code, kind) and regions(code, region, valid_from, valid_to),
-- span(first_day, last_day).

-- Messages in the order in which their sayings win: recorded at the source, then sent, then the journal's position.
CREATE MACRO txt(json, path) AS json_extract_string(json, path);
CREATE MACRO parts(json, path) AS from_json(json_extract(json, path), '["JSON"]');
CREATE MACRO local_day(t) AS (t AT TIME ZONE 'Europe/Copenhagen')::DATE;
CREATE TABLE entries AS
SELECT position, sent, json_extract(entry, '$.resource') AS r
FROM (SELECT position, txt(bundle, '$.timestamp')::TIMESTAMPTZ AS sent, unnest(parts(bundle, '$.entry')) AS entry FROM bundles);
CREATE TABLE messages AS
SELECT row_number() OVER (ORDER BY coalesce(said, sent), sent, position) AS seq, position, coalesce(said, sent) AS recorded, coalesce(event, '') AS event
FROM (SELECT position, any_value(sent) AS sent, max(txt(r, '$.recorded')::TIMESTAMPTZ) FILTER (txt(r, '$.resourceType') = 'Provenance') AS said,
             max(txt(r, '$.eventCoding.code')) FILTER (txt(r, '$.resourceType') = 'MessageHeader') AS event FROM entries GROUP BY position);
CREATE TABLE resources AS
SELECT seq, recorded, event, txt(r, '$.resourceType') AS type, txt(r, '$.id') AS id, r FROM entries JOIN messages USING (position);

-- Who a Patient is: the civil registration number where there is one, else the first identifier.
CREATE TABLE identifiers AS
SELECT seq, id, txt(r, '$.active') AS active, r AS patient, txt(i, '$.system') || '|' || (txt(i, '$.value')) AS name, n, (txt(i, '$.system')) = 'urn:oid:1.2.208.176.1.2' AS cpr
FROM (SELECT *, unnest(parts(r, '$.identifier')) AS i, generate_subscripts(parts(r, '$.identifier'), 1) AS n
      FROM resources WHERE type = 'Patient') WHERE txt(i, '$.value') IS NOT NULL;
CREATE TABLE patients AS
SELECT seq, id, first(name ORDER BY cpr DESC, n) AS name, any_value(patient) AS r FROM identifiers GROUP BY seq, id;

-- Sayings that two names are one person (a link, two identifiers in one Patient) or are not (A37); the newest about a pair holds.
CREATE TABLE links AS
WITH said AS (
    SELECT p.seq, p.name AS a, o.name AS b, true AS joined
    FROM (SELECT *, unnest(parts(r, '$.link')) AS l FROM patients) p
    JOIN patients o ON o.seq = p.seq AND o.id = split_part(txt(l, '$.other.reference'), '/', 2)
    UNION ALL SELECT a.seq, a.name, b.name, true FROM identifiers a JOIN identifiers b ON a.seq = b.seq AND a.id = b.id AND a.name <> b.name
    UNION ALL SELECT a.seq, a.name, b.name, false FROM patients a JOIN patients b ON a.seq = b.seq AND a.id <> b.id
              JOIN messages m ON m.seq = a.seq WHERE m.event IN ('A37', 'unmerge')
), newest AS (
    SELECT least(a, b) AS a, greatest(a, b) AS b, arg_max(joined, seq) AS joined FROM said WHERE a <> b GROUP BY ALL
)
SELECT a, b FROM newest WHERE joined UNION ALL SELECT b, a FROM newest WHERE joined;
CREATE TABLE persons AS
WITH RECURSIVE reach(name, other) AS (
    SELECT DISTINCT name, name FROM patients UNION SELECT reach.name, links.b FROM reach JOIN links ON links.a = reach.other
)
SELECT name, min(other) AS person FROM reach GROUP BY name;

CREATE TABLE facts AS -- every resource with the person it is about
SELECT r.seq, r.recorded, r.event, r.type, r.id, r.r, persons.person
FROM resources r JOIN patients p ON p.seq = r.seq AND p.id = split_part(coalesce(txt(r.r, '$.subject.reference'), txt(r.r, '$.patient.reference')), '/', 2)
JOIN persons USING (name);

CREATE TABLE people AS
SELECT person, arg_max((txt(r, '$.birthDate'))::DATE, seq) FILTER (txt(r, '$.birthDate') IS NOT NULL) AS birth,
       arg_max(txt(r, '$.gender'), seq) FILTER (txt(r, '$.gender') IS NOT NULL) AS sex,
       arg_max((txt(r, '$.deceasedDateTime'))::TIMESTAMPTZ, seq) FILTER (txt(r, '$.deceasedDateTime') IS NOT NULL) AS death
FROM patients JOIN persons USING (name) GROUP BY person;

-- Residence: of the addresses valid from the day or earlier the one said last; before the first, that of the earliest.
CREATE TABLE residences AS
SELECT person, municipality, valid_from, max(seq) AS seq, min(valid_from) OVER (PARTITION BY person) AS first_from FROM (
    SELECT person, seq, txt(a, '$.extension[0].valueCodeableConcept.coding[0].code') AS municipality,
           coalesce((txt(a, '$.period.start'))::DATE, (recorded AT TIME ZONE 'Europe/Copenhagen')::DATE) AS valid_from
    FROM (SELECT p.seq, name, m.recorded, unnest(parts(p.r, '$.address')) AS a FROM patients p JOIN messages m USING (seq)) JOIN persons USING (name)
) WHERE municipality IS NOT NULL GROUP BY person, municipality, valid_from;

-- Contacts: each element as last said; A11 cancels, A01 and A04 admit, A13 opens again. Without a v2 event the status speaks.
CREATE TABLE contacts AS
WITH said AS (
    SELECT person, seq, id, (txt(r, '$.identifier[0].system')) || '|' || (txt(r, '$.identifier[0].value')) AS key, event,
           txt(r, '$.class.code') AS class, (txt(r, '$.period.start'))::TIMESTAMPTZ AS start, (txt(r, '$.period.end'))::TIMESTAMPTZ AS stop,
           coalesce(txt(r, '$.priority.coding[0].code'), txt(r, '$.priority[0].coding[0].code')) AS priority, txt(r, '$.serviceType.coding[0].code') AS service,
           regexp_matches(event, '^[A-Z][0-9][0-9]$') AS v2, txt(r, '$.status') AS status
    FROM facts WHERE type = 'Encounter'
), marked AS (
    SELECT *, CASE WHEN v2 THEN CASE event WHEN 'A11' THEN true WHEN 'A01' THEN false WHEN 'A04' THEN false END
                   WHEN status IN ('cancelled', 'entered-in-error') THEN true WHEN status IN ('arrived', 'in-progress') THEN false END AS cancelled,
           v2 AND event = 'A13' AS reopened FROM said
)
SELECT * EXCLUDE (cancelled) FROM (
SELECT person, key, arg_max(class, seq) FILTER (class IS NOT NULL) AS class, arg_max(start, seq) FILTER (start IS NOT NULL) AS start,
       CASE WHEN max(seq) FILTER (reopened) > coalesce(max(seq) FILTER (stop IS NOT NULL AND NOT reopened), 0) THEN NULL
            ELSE arg_max(stop, seq) FILTER (stop IS NOT NULL AND NOT reopened) END AS stop,
       arg_max(priority, seq) FILTER (priority IS NOT NULL) IN ('A', 'EM', 'UR', 'S') AS acute,
       arg_max(service, seq) FILTER (service IS NOT NULL) IN ('394587001', '394588006', '394913002', '192000000', '50', '52', 'PSY', 'PSYK', 'psychiatric') AS psychiatric,
       arg_max(cancelled, seq) FILTER (cancelled IS NOT NULL) AS cancelled
FROM marked WHERE key IS NOT NULL GROUP BY person, key) WHERE start IS NOT NULL AND NOT coalesce(cancelled, false);

CREATE TABLE diagnoses AS
WITH ranks AS (
    SELECT person, split_part(txt(d, '$.condition.reference'), '/', 2) AS id, arg_max((txt(d, '$.rank'))::INT, seq) FILTER (txt(d, '$.rank') IS NOT NULL) AS rank
    FROM (SELECT person, seq, unnest(parts(r, '$.diagnosis')) AS d FROM facts WHERE type = 'Encounter') GROUP BY ALL
), said AS (
    SELECT f.person, f.seq, f.id, replace(txt(f.r, '$.code.coding[0].code'), '.', '') AS code, txt(f.r, '$.verificationStatus.coding[0].code') AS status,
           (txt(e.r, '$.identifier[0].system')) || '|' || (txt(e.r, '$.identifier[0].value')) AS contact,
           coalesce((txt(f.r, '$.onsetDateTime'))::TIMESTAMPTZ, (txt(f.r, '$.recordedDate'))::TIMESTAMPTZ) AS start
    FROM facts f LEFT JOIN resources e ON e.seq = f.seq AND e.type = 'Encounter' AND e.id = split_part(txt(f.r, '$.encounter.reference'), '/', 2)
    WHERE f.type = 'Condition'
)
SELECT * EXCLUDE (status) FROM (
SELECT person, id, arg_max(code, seq) FILTER (code IS NOT NULL) AS code, arg_max(contact, seq) FILTER (contact IS NOT NULL) AS contact,
       arg_max(start, seq) FILTER (start IS NOT NULL) AS start, any_value(ranks.rank) AS rank,
       arg_max(status, seq) FILTER (status IS NOT NULL) AS status
FROM said LEFT JOIN ranks USING (person, id) GROUP BY person, id) WHERE code IS NOT NULL AND coalesce(status, '') NOT IN ('refuted', 'entered-in-error', 'cancelled');

-- The longest row that a code matches decides; a code that ends in * covers all that start so.
CREATE TABLE coded AS
SELECT name, code, kind FROM (
    SELECT c.code, s.name, s.kind, row_number() OVER (PARTITION BY s.name, c.code ORDER BY length(s.code) DESC) AS nearest
    FROM (SELECT code FROM diagnoses UNION SELECT DISTINCT code FROM (SELECT txt(r, '$.code.coding[0].code') AS code FROM facts WHERE type = 'Observation') WHERE code IS NOT NULL) c
    JOIN code_sets s ON c.code = s.code OR (s.code LIKE '%*' AND starts_with(c.code, rtrim(s.code, '*')))
) WHERE nearest = 1 AND kind <> 'out';

UPDATE contacts SET psychiatric = EXISTS (SELECT 1 FROM diagnoses d WHERE d.person = contacts.person AND d.contact = contacts.key
                                          AND coalesce(d.rank, 0) <= 1 AND starts_with(d.code, 'DF')) WHERE psychiatric IS NULL;

-- Admissions by gaps and islands: at most 4 hours between contacts, at least 12 hours in all.
CREATE TABLE admissions AS
WITH attendances AS (
    SELECT *, CASE WHEN stop IS NULL AND class IN ('AMB', 'EMER') THEN start WHEN stop IS NULL THEN 'infinity'::TIMESTAMPTZ ELSE greatest(start, stop) END AS reach
    FROM contacts WHERE coalesce(class, '') IN ('IMP', 'EMER', 'AMB', '')
), marked AS (
    SELECT *, max(reach) OVER (PARTITION BY person ORDER BY start, key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM attendances
), islands AS (
    SELECT *, sum(CASE WHEN before IS NULL OR (before <> 'infinity' AND start > before + INTERVAL 4 HOUR) THEN 1 ELSE 0 END)
                  OVER (PARTITION BY person ORDER BY start, key ROWS UNBOUNDED PRECEDING) AS stay FROM marked
)
SELECT person, stay, min(start) AS start, max(reach) AS stop, first(coalesce(acute, false) ORDER BY start, key) AS acute,
       first(psychiatric ORDER BY start, key) AS psychiatric, list(key) AS contacts
FROM islands GROUP BY person, stay HAVING max(reach) <> 'infinity' AND max(reach) >= min(start) + INTERVAL 12 HOUR;

CREATE TABLE indexed AS
SELECT a.*, people.birth, people.death, death IS NULL OR local_day(death) > local_day(stop) AS alive,
       coalesce(date_sub('year', birth, local_day(start)), -1) AS age FROM admissions a JOIN people USING (person);
CREATE TABLE stay_codes AS
SELECT DISTINCT i.person, i.stay, c.name, d.rank = 1 AS action FROM indexed i JOIN diagnoses d ON d.person = i.person AND list_contains(i.contacts, d.contact)
JOIN coded c ON c.code = d.code;

CREATE TABLE results AS
WITH said AS (
    SELECT person, seq, id, txt(r, '$.code.coding[0].code') AS code, txt(r, '$.status') AS status, coalesce(txt(r, '$.valueCodeableConcept.coding[0].code'), txt(r, '$.valueString')) AS words,
           coalesce((txt(r, '$.effectiveDateTime'))::TIMESTAMPTZ, (txt(r, '$.effectivePeriod.start'))::TIMESTAMPTZ) AS sample, (txt(r, '$.issued'))::TIMESTAMPTZ AS answer
    FROM facts WHERE type = 'Observation'
)
SELECT person, id, arg_max(code, seq) FILTER (code IS NOT NULL) AS code, arg_max(status, seq) FILTER (status IS NOT NULL) AS status,
       arg_max(words, seq) FILTER (words IS NOT NULL) AS words,
       coalesce(arg_max(sample, seq) FILTER (sample IS NOT NULL), arg_max(answer, seq) FILTER (answer IS NOT NULL)) AS sample FROM said GROUP BY person, id;

-- What counts: indicator, person, local day, numerator, denominator, value.
CREATE TABLE counted (indicator VARCHAR, person VARCHAR, day DATE, numerator BIGINT, denominator BIGINT, value BIGINT);
INSERT INTO counted SELECT 'G8.1', person, local_day(stop), 1, 1, epoch_ms(stop) // 60000 - epoch_ms(start) // 60000 FROM indexed WHERE NOT psychiatric;
INSERT INTO counted SELECT 'G2.3', person, local_day(start), 1, 1, NULL FROM indexed i
    WHERE NOT psychiatric AND acute AND age >= 65
      AND EXISTS (SELECT 1 FROM stay_codes c WHERE c.person = i.person AND c.stay = i.stay AND c.name = 'preventable-admission' AND c.action);

-- Readmissions: an acute admission is the outcome of the latest index that ended before it began.
CREATE TABLE index_of AS
SELECT 'G1.1' AS indicator, *, INTERVAL 4 HOUR AS after FROM indexed WHERE NOT psychiatric AND alive
UNION ALL SELECT 'G1.2', *, INTERVAL 4 HOUR FROM indexed WHERE psychiatric AND alive
UNION ALL SELECT 'LKT8.readmission', *, INTERVAL 0 HOUR FROM indexed i WHERE alive AND acute AND age >= 30
    AND EXISTS (SELECT 1 FROM stay_codes c WHERE c.person = i.person AND c.stay = i.stay AND c.name = 'copd-acute');
CREATE TABLE returns AS
SELECT 'G1.1' AS indicator, * FROM indexed WHERE acute AND NOT psychiatric UNION ALL SELECT 'G1.2', * FROM indexed WHERE acute AND psychiatric
UNION ALL SELECT 'LKT8.readmission', * FROM indexed WHERE acute;
CREATE TABLE readmitted AS
SELECT DISTINCT i.indicator, i.person, i.stay FROM returns r ASOF JOIN index_of i ON r.indicator = i.indicator AND r.person = i.person AND r.start > i.stop
WHERE r.start > i.stop + i.after AND local_day(r.start) - local_day(i.stop) <= 30;
INSERT INTO counted SELECT i.indicator, i.person, local_day(i.stop), CASE WHEN r.stay IS NULL THEN 0 ELSE 1 END, 1, NULL
    FROM index_of i LEFT JOIN readmitted r USING (indicator, person, stay);

-- Alive after 30 days; of strokes only the first in 30 days, walked one by one.
INSERT INTO counted SELECT 'LKT8.survival', person, local_day(start),
    CASE WHEN local_day(death) - local_day(start) BETWEEN 0 AND 30 THEN 0 ELSE 1 END, 1, NULL FROM indexed i
    WHERE acute AND age >= 30 AND EXISTS (SELECT 1 FROM stay_codes c WHERE c.person = i.person AND c.stay = i.stay AND c.name = 'copd-acute');
CREATE TABLE strokes AS
SELECT *, row_number() OVER (PARTITION BY person ORDER BY start) AS n FROM indexed i
WHERE age >= 18 AND EXISTS (SELECT 1 FROM stay_codes c WHERE c.person = i.person AND c.stay = i.stay AND c.name = 'stroke');
INSERT INTO counted
WITH RECURSIVE walk(person, n, last, counts, start, death) AS (
    SELECT person, n, start, true, start, death FROM strokes WHERE n = 1
    UNION ALL SELECT s.person, s.n, CASE WHEN s.start - w.last > INTERVAL 720 HOUR THEN s.start ELSE w.last END, s.start - w.last > INTERVAL 720 HOUR, s.start, s.death
    FROM walk w JOIN strokes s ON s.person = w.person AND s.n = w.n + 1
)
SELECT 'LKT3.survival', person, local_day(start), CASE WHEN local_day(death) - local_day(start) BETWEEN 0 AND 30 THEN 0 ELSE 1 END, 1, NULL FROM walk WHERE counts;

INSERT INTO counted SELECT 'PAN', person, local_day(sample), CASE WHEN w.kind = 'positive' THEN 1 ELSE 0 END, 1, NULL FROM results r
    JOIN coded c ON c.code = r.code AND c.name = 'pathogen-sars-cov-2'
    JOIN (SELECT DISTINCT lower(code) AS word, kind FROM code_sets WHERE name = 'result-words') w ON w.word = lower(trim(r.words))
    WHERE r.status IN ('final', 'amended', 'corrected') AND sample IS NOT NULL AND w.kind IN ('positive', 'negative');

-- Levels: one row for each person and day at risk.
CREATE TABLE days AS SELECT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM span;
INSERT INTO counted SELECT 'G2.4', person, day, 0, 1, NULL FROM (SELECT c.*, least(c.stop, p.death) AS until FROM contacts c JOIN people p USING (person)) c
    JOIN days ON start <= ((day + INTERVAL 23 HOUR) AT TIME ZONE 'Europe/Copenhagen') AND (until IS NULL OR until > ((day + INTERVAL 23 HOUR) AT TIME ZONE 'Europe/Copenhagen'))
    WHERE class = 'IMP' AND NOT psychiatric AND (until IS NULL OR until > start);
-- A contact that is only planned (PRENC) has not begun: a diagnosis made for it counts from its own date.
CREATE TABLE members AS
SELECT c.name, d.person, min(coalesce(contacts.start, d.start)) AS since,
       CASE WHEN c.name = 'cancer' THEN max(coalesce(contacts.start, d.start)) + INTERVAL 43824 HOUR END AS until
FROM diagnoses d JOIN coded c ON c.code = d.code AND c.name IN ('heart-failure', 'cancer', 'schizophrenia')
LEFT JOIN contacts ON contacts.person = d.person AND contacts.key = d.contact AND contacts.class IS DISTINCT FROM 'PRENC' GROUP BY c.name, d.person;
INSERT INTO counted SELECT 'SEG.' || name, person, day, 0, 1, NULL FROM members JOIN people USING (person)
    JOIN days ON local_day(since) <= day AND (until IS NULL OR day < local_day(until)) AND (death IS NULL OR day < local_day(death)) WHERE since IS NOT NULL;

-- Cells: each month in total, by region, municipality, sex and age band of the day.
CREATE TABLE placed AS
SELECT c.*, strftime(day, '%Y-%m') AS period, coalesce(people.sex, '') AS sex,
       CASE WHEN birth IS NULL OR day < birth THEN '' WHEN date_sub('year', birth, day) >= 90 THEN '90+'
            ELSE (date_sub('year', birth, day) // 5 * 5)::VARCHAR || '-' || (date_sub('year', birth, day) // 5 * 5 + 4)::VARCHAR END AS age_band,
       (SELECT arg_max(municipality, seq) FROM residences r WHERE r.person = c.person AND r.valid_from <= greatest(c.day, r.first_from)) AS municipality
FROM counted c JOIN people USING (person);
CREATE TABLE cells AS
WITH long AS (
    SELECT indicator, period, numerator, denominator, value, unnest(['none', 'region', 'municipality', 'sex', 'age_band']) AS dimension,
           unnest(['', coalesce(regions.region, ''), coalesce(municipality, ''), sex, age_band]) AS code
    FROM placed LEFT JOIN regions ON regions.code = placed.municipality AND day >= valid_from AND day < valid_to
)
SELECT indicator, dimension, period, code, sum(numerator)::BIGINT AS numerator, sum(denominator)::BIGINT AS denominator, sum(value)::BIGINT AS total FROM long GROUP BY ALL;
