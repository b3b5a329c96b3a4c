// ClickHouse in this process: two threads, only the columns that are needed. Argument: the folder.
const { query } = require('chdb');

const RECORD =
  'Tuple(eventTime String, eventSource String, eventName String, awsRegion String, userIdentity Tuple(arn Nullable(String), principalId Nullable(String)))';

const QUERY = `
  SELECT intDiv(toUnixTimestamp(parseDateTime64BestEffort(r.eventTime, 0, 'UTC')), 30) * 30 AS windowStart,
    coalesce(r.userIdentity.arn, r.userIdentity.principalId) AS actor,
    uniqExact(r.awsRegion) AS regions
  FROM file('${process.argv[2]}/**/*.json.gz', 'JSONEachRow', 'Records Array(${RECORD})')
  ARRAY JOIN Records AS r
  WHERE r.eventSource = 'ec2.amazonaws.com' AND r.eventName = 'DescribeInstances' AND actor IS NOT NULL
  GROUP BY windowStart, actor
  HAVING regions >= 10
  SETTINGS max_threads = 2, output_format_json_quote_64bit_integers = 0,
    input_format_json_named_tuples_as_objects = 1,
    input_format_json_ignore_unknown_keys_in_named_tuple = 1,
    input_format_json_defaults_for_missing_elements_in_named_tuple = 1`;

process.stdout.write(query(QUERY, 'JSONEachRow'));
