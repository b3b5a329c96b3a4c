import { sqlText } from './dialects';

/** A field of a record: text, or an object of fields. */
type Fields = { readonly [name: string]: 'text' | Fields };

/** The fields of a record that queries, and people after them, need. Source: CloudTrail user guide, "Record contents". */
const RECORD: Fields = {
  ...texts('eventVersion'),
  userIdentity: {
    ...texts('type', 'principalId', 'arn', 'accountId', 'invokedBy', 'accessKeyId', 'userName'),
    sessionContext: {
      attributes: texts('mfaAuthenticated', 'creationDate'),
      sessionIssuer: texts('type', 'principalId', 'arn', 'accountId', 'userName'),
    },
  },
  ...texts('eventTime', 'eventSource', 'eventName', 'awsRegion', 'sourceIPAddress', 'userAgent', 'errorCode'),
  ...texts('errorMessage', 'requestParameters', 'responseElements', 'eventID', 'readOnly', 'recipientAccountId'),
  ...texts('vpcEndpointId', 'sessionCredentialFromConsole'),
  tlsDetails: texts('tlsVersion', 'cipherSuite', 'clientProvidedHostHeader'),
};

function texts(...names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, 'text']));
}

interface AthenaTable {
  readonly name: string;
  readonly bucket: string;
  /** what precedes `AWSLogs/`, without a trailing slash or characters that are special in SQL */
  readonly prefix: string;
  readonly organizationId?: string | undefined;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
}

/** The column with the day of delivery. */
export const DAY_COLUMN = 'log_day';

/** CloudTrail began in November 2013. Outside of a table's days a query would find nothing, without a word. */
const FIRST_DAY = '2013/11/01';

/**
 * The statement that creates the table of a trail. Partitions are projected from accounts, regions and days, and a query
 * reads only those it selects. Source: Athena user guide, "Create a table for CloudTrail logs using partition projection".
 */
export function createTable(table: AthenaTable): string {
  const { name, bucket, prefix, organizationId, accounts, regions } = table;
  const folders = [bucket, prefix, 'AWSLogs', organizationId ?? ''].filter((folder) => folder !== '');
  const root = `s3://${folders.join('/')}/`;
  const properties = {
    'projection.enabled': 'true',
    'projection.log_account.type': 'enum',
    'projection.log_account.values': accounts.join(','),
    'projection.log_region.type': 'enum',
    'projection.log_region.values': regions.join(','),
    [`projection.${DAY_COLUMN}.type`]: 'date',
    [`projection.${DAY_COLUMN}.range`]: `${FIRST_DAY},NOW`,
    [`projection.${DAY_COLUMN}.format`]: 'yyyy/MM/dd',
    [`projection.${DAY_COLUMN}.interval`]: '1',
    [`projection.${DAY_COLUMN}.interval.unit`]: 'DAYS',
    'storage.location.template': `${root}\${log_account}/CloudTrail/\${log_region}/\${${DAY_COLUMN}}/`,
  };
  const columns = Object.entries(RECORD).map(([field, type]) => `  ${field.toLowerCase()} ${hiveType(type)}`);
  const given = Object.entries(properties).map(([key, value]) => `  '${key}' = '${value}'`);
  return `CREATE EXTERNAL TABLE ${name} (
${columns.join(',\n')}
)
PARTITIONED BY (log_account STRING, log_region STRING, ${DAY_COLUMN} STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '${root}'
TBLPROPERTIES (
${given.join(',\n')}
)`;
}

function hiveType(type: Fields[string]): string {
  if (type === 'text') return 'STRING';
  const fields = Object.entries(type).map(([field, of]) => `${field.toLowerCase()}: ${hiveType(of)}`);
  return `STRUCT<${fields.join(', ')}>`;
}

/** The records of local log files, as an expression of DuckDB. @param files a glob */
export function localRecords(files: string): string {
  return `(
    SELECT unnest(record) FROM (
      SELECT unnest(Records) AS record
      FROM read_json(${sqlText(files)}, format = 'auto', maximum_object_size = 1073741824,
        columns = {'Records': '${duckType(RECORD)}[]'})
    )
  )`;
}

function duckType(type: Fields[string]): string {
  if (type === 'text') return 'VARCHAR';
  const fields = Object.entries(type).map(([field, of]) => `"${field}" ${duckType(of)}`);
  return `STRUCT(${fields.join(', ')})`;
}
