import type { TrailRecord } from '../../lambda/detection/classify';
import { document } from './records';

/** The text of an object that holds these records, in each form in which AWS hands them out. */
export type Envelope = (records: readonly TrailRecord[]) => string;

const lines: Envelope = (records) => records.map((one) => `${JSON.stringify(one)}\n`).join('');

const pretty = (value: unknown) => JSON.stringify(value, null, 4);

const secondOf = ({ eventTime }: TrailRecord) => Date.parse(String(eventTime)) / 1000;

/** As LookupEvents has them. */
function events(records: readonly TrailRecord[]) {
  return records.map((one) => ({
    EventId: one.eventID,
    EventName: one.eventName,
    EventTime: secondOf(one),
    Resources: [],
    CloudTrailEvent: JSON.stringify(one),
  }));
}

function logEvents(records: readonly TrailRecord[]) {
  return records.map((one, index) => ({
    id: String(index),
    timestamp: secondOf(one) * 1000,
    message: JSON.stringify(one),
  }));
}

function subscription(records: readonly TrailRecord[]) {
  const of = { messageType: 'DATA_MESSAGE', owner: '111122223333', logGroup: 'trail', logStream: 'trail_us-east-1' };
  return { ...of, subscriptionFilters: ['all'], logEvents: logEvents(records) };
}

const CONTROL = { messageType: 'CONTROL_MESSAGE', logEvents: [{ id: '', message: 'CWL CONTROL MESSAGE: Checking' }] };

/** As EventBridge has them. */
function busEvents(records: readonly TrailRecord[]) {
  return records.map((one) => ({
    version: '0',
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.ec2',
    time: one.eventTime,
    resources: [],
    detail: one,
  }));
}

const spaced = (time: unknown) => String(time).replace('T', ' ').replace('Z', '.000');

/** With the names of columns, at every depth but in what has names of its own. */
function lowered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const isFree = (name: string) => /^(request|response)/.test(name);
  const entries = Object.entries(value).map(([name, inner]) => [
    name.toLowerCase(),
    isFree(name) ? JSON.stringify(inner) : lowered(inner),
  ]);
  return Object.fromEntries(entries);
}

/** As Athena shows a struct. */
function struct(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}=${struct(inner)}`)
    .join(', ')}}`;
}

const athena = (record: TrailRecord) => {
  const { useridentity, ...row } = lowered(record) as TrailRecord;
  return { ...row, useridentity: struct(useridentity), eventtime: record.eventTime };
};

/** A row of GetQueryResults. */
const row = (record: TrailRecord) => {
  const { userIdentity, eventTime, ...others } = record;
  const columns = { ...others, eventTime: spaced(eventTime), userIdentity: struct(lowered(userIdentity)) };
  return Object.entries(columns).map(([name, value]) => ({
    [name]: typeof value === 'string' ? value : struct(value),
  }));
};

const insight = (record: TrailRecord) => [
  { field: '@timestamp', value: spaced(record.eventTime) },
  { field: '@message', value: JSON.stringify(record) },
];

/** As Athena and Lake write CSV: every cell in quotes, that of a missing value empty. */
function csv(rows: readonly TrailRecord[], delimiter = ','): string {
  const names = [...new Set(rows.flatMap((one) => Object.keys(one)))];
  const cell = (value: unknown) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value ?? undefined) ?? '');
    return `"${text.replaceAll('"', '""')}"`;
  };
  const all = [names, ...rows.map((one) => names.map((name) => one[name]))];
  return all.map((cells) => `${cells.map(cell).join(delimiter)}\n`).join('');
}

const spread = (record: TrailRecord, isLow: boolean) => {
  const columns = Object.entries(record.userIdentity as TrailRecord).map(([name, value]) => [
    `userIdentity.${name}`,
    value,
  ]);
  const { userIdentity, ...others } = record;
  const all = [...Object.entries(others), ...columns] as [string, unknown][];
  return Object.fromEntries(all.map(([name, value]) => [isLow ? name.toLowerCase() : name, value]));
};

/** Tables in files of their own kind. */
export const TABLES: Readonly<Record<string, Envelope>> = {
  'Athena, structs': (records) => csv(records.map(athena)),
  'Athena, with a computed column': (records) =>
    csv(records.map((one) => ({ 'date(eventtime)': 'x', ...athena(one) }))),
  'Athena, separated by tabs': (records) => csv(records.map(athena), '\t'),
  'a spreadsheet, without quotes, with a mark': (records) =>
    `\ufeff${records.reduce(
      (text, one) =>
        `${text}${one.eventTime};${one.eventSource};${one.eventName};${one.awsRegion};${(one.userIdentity as TrailRecord).arn};${one.eventID}\r\n`,
      'eventtime;eventsource;eventname;awsregion;useridentity.arn;eventid\r\n',
    )}`,
  'Lake, a column a field': (records) => csv(records.map((one) => spread(one, false))),
  'Lake, lower-case columns': (records) => csv(records.map((one) => spread(one, true))),
  'Lake, epoch times': (records) => csv(records.map((one) => ({ ...one, eventTime: secondOf(one) * 1000 }))),
  'Lake, whole events': (records) => csv(records.map((one) => ({ eventJson: JSON.stringify(one) }))),
  'CloudWatch Logs, a downloaded query': (records) =>
    csv(records.map((one) => ({ '@timestamp': spaced(one.eventTime), '@message': JSON.stringify(one) }))),
};

export const ENVELOPES: Readonly<Record<string, Envelope>> = {
  Records: document,
  'Records, pretty-printed': (records) => pretty({ Records: records }),
  'an array': (records) => JSON.stringify(records),
  'keys in another order': (records) =>
    JSON.stringify(records.map((one) => Object.fromEntries(Object.entries(one).reverse()))),
  'one record a line': lines,
  'an array of trails': (records) => JSON.stringify([{ Records: records.slice(0, 3) }, { Records: records.slice(3) }]),
  LookupEvents: (records) => pretty({ Events: events(records), NextToken: 'x' }),
  'LookupEvents, the array': (records) => pretty(events(records)),
  'LookupEvents, the strings': (records) => pretty(records.map((one) => JSON.stringify(one))),
  'LookupEvents, a string a line': (records) =>
    records.map((one) => `${JSON.stringify(JSON.stringify(one))}\n`).join(''),
  'LookupEvents, text output': (records) => records.map((one) => JSON.stringify(one)).join('\t'),
  'LookupEvents, several pages': (records) =>
    pretty({ Events: events(records.slice(0, 5)) }) + pretty({ Events: events(records.slice(5)) }),
  'CloudWatch Logs, a subscription': (records) =>
    [CONTROL, subscription(records.slice(0, 2)), subscription(records.slice(2))]
      .map((of) => JSON.stringify(of))
      .join(''),
  'CloudWatch Logs, filter-log-events': (records) => pretty({ events: logEvents(records), searchedLogStreams: [] }),
  'CloudWatch Logs, an export': (records) =>
    records.map((one) => `${String(one.eventTime).replace('Z', '.123Z')} ${JSON.stringify(one)}\n`).join(''),
  'CloudWatch Logs, a tail': (records) =>
    records.map((one) => `${spaced(one.eventTime)}+00:00 trail_us-east-1 ${pretty(one)}\n`).join(''),
  'CloudWatch Logs, a query': (records) => pretty({ results: records.map(insight), status: 'Complete' }),
  'CloudWatch Logs, a downloaded query': (records) =>
    pretty(records.map((one) => ({ '@timestamp': spaced(one.eventTime), '@message': one }))),
  'EventBridge, one a line': (records) => lines(busEvents(records)),
  'EventBridge, concatenated': (records) =>
    busEvents(records)
      .map((one) => JSON.stringify(one))
      .join(''),
  'EventBridge, an array': (records) => JSON.stringify(busEvents(records)),
  'EventBridge in messages of SQS': (records) =>
    pretty({ Messages: busEvents(records).map((one) => ({ MessageId: 'm', Body: JSON.stringify(one) })) }),
  'identities as JSON text': (records) =>
    lines(records.map((one) => ({ ...one, userIdentity: JSON.stringify(one.userIdentity) }))),
  'CloudTrail Lake, times with a space': (records) =>
    lines(records.map((one) => ({ ...one, eventTime: spaced(one.eventTime) }))),
  'CloudTrail Lake, epoch times': (records) =>
    lines(records.map((one) => ({ ...one, eventTime: secondOf(one) * 1000 }))),
  'CloudTrail Lake, GetQueryResults': (records) =>
    pretty({ QueryStatus: 'FINISHED', QueryResultRows: records.map(row) }),
  'CloudTrail Lake, whole events': (records) =>
    pretty({ QueryResultRows: records.map((one) => [{ eventJson: JSON.stringify(one) }]) }),
  'Athena, lower-case columns': (records) => lines(records.map((one) => lowered(one) as TrailRecord)),
  'Athena, structs': (records) => JSON.stringify(records.map(athena)),
  'Athena, columns by dots': (records) =>
    lines(
      records.map(({ userIdentity, ...others }) => ({
        ...others,
        'useridentity.arn': (userIdentity as TrailRecord).arn,
        'useridentity.principalid': (userIdentity as TrailRecord).principalId,
      })),
    ),
};
