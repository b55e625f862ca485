-- docs/flink/cells.sql — the cells of Sluse counted once more by Apache Flink, from nothing but sluse.indicator-events.
-- ${brokers}, ${prefix} and ${out} are filled in by Cells.java. Bounded: it reads to the end of the topic and ends.

CREATE TEMPORARY TABLE events (
  `id` STRING,
  `data` ROW<`indicator` STRING, `version` STRING, `sign` INT, `numerator` BIGINT, `denominator` BIGINT, `value` BIGINT, `counts` STRING,
             `dimensions` ROW<`region` STRING, `municipality` STRING, `unit` STRING, `sex` STRING, `ageBand` STRING>,
             `person` STRING, `keyId` STRING, `sequence` BIGINT>
) WITH (
  'connector' = 'kafka',
  'topic' = '${prefix}indicator-events',
  'properties.bootstrap.servers' = '${brokers}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json'
);

CREATE TEMPORARY TABLE cells (
  `indicator` STRING, `version` STRING, `month` STRING, `municipality` STRING, `unit` STRING, `sex` STRING, `age` STRING,
  `numerator` BIGINT, `denominator` BIGINT, `sum` BIGINT
) WITH ('connector' = 'filesystem', 'path' = '${out}', 'format' = 'csv');

-- A consumer drops what it has seen: (key id, person, sequence) names an event, whatever delivered it twice.
CREATE TEMPORARY VIEW once AS
  SELECT DISTINCT `data`.`keyId` AS `keyId`, `data`.`person` AS `person`, `data`.`sequence` AS `sequence`,
    `data`.`indicator` AS `indicator`, `data`.`version` AS `version`, SUBSTRING(`data`.`counts`, 1, 7) AS `month`,
    COALESCE(`data`.`dimensions`.`municipality`, '') AS `municipality`, COALESCE(`data`.`dimensions`.`unit`, '') AS `unit`,
    COALESCE(`data`.`dimensions`.`sex`, '') AS `sex`, COALESCE(`data`.`dimensions`.`ageBand`, '') AS `age`,
    `data`.`sign` AS `sign`, `data`.`numerator` AS `num`, `data`.`denominator` AS `den`, COALESCE(`data`.`value`, 0) AS `val`
  FROM events;

INSERT INTO cells
  SELECT `indicator`, `version`, `month`, `municipality`, `unit`, `sex`, `age`, SUM(`sign` * `num`), SUM(`sign` * `den`), SUM(`sign` * `val`)
  FROM once
  GROUP BY `indicator`, `version`, `month`, `municipality`, `unit`, `sex`, `age`;
