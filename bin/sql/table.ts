import { sqlText } from './dialects';

/** A field of a record: text, or an object of fields. */
type Fields = { readonly [name: string]: 'text' | Fields };

/** The fields of a record that queries, and people after them, need. Source: CloudTrail user guide, "Record contents". */
const RECORD: Fields = {
  eventVersion: 'text',
  userIdentity: {
    ...{ type: 'text', principalId: 'text', arn: 'text', accountId: 'text', invokedBy: 'text', accessKeyId: 'text' },
    userName: 'text',
    sessionContext: {
      attributes: { mfaAuthenticated: 'text', creationDate: 'text' },
      sessionIssuer: { type: 'text', principalId: 'text', arn: 'text', accountId: 'text', userName: 'text' },
    },
  },
  ...{ eventTime: 'text', eventSource: 'text', eventName: 'text', awsRegion: 'text', sourceIPAddress: 'text' },
  ...{
    userAgent: 'text',
    errorCode: 'text',
    errorMessage: 'text',
    requestParameters: 'text',
    responseElements: 'text',
  },
  ...{ eventID: 'text', readOnly: 'text', recipientAccountId: 'text', vpcEndpointId: 'text' },
  sessionCredentialFromConsole: 'text',
  tlsDetails: { tlsVersion: 'text', cipherSuite: 'text', clientProvidedHostHeader: 'text' },
};

export interface AthenaTable {
  readonly name: string;
  readonly bucket: string;
  /** what precedes `AWSLogs/`, without a trailing slash or characters that are special in SQL */
  readonly prefix: string;
  readonly organizationId?: string | undefined;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** the first day of the log files, `YYYY/MM/DD` */
  readonly firstDay: string;
}

/** The column with the day of delivery. */
export const DAY_COLUMN = 'log_day';

/**
 * The statement that creates the table of a trail. Partitions are projected from accounts, regions and days, and a query
 * reads only those it selects. Source: Athena user guide, "Create a table for CloudTrail logs using partition projection".
 */
export function createTable(table: AthenaTable): string {
  const { name, bucket, prefix, organizationId, accounts, regions, firstDay } = table;
  const root = `s3://${[bucket, ...(prefix === '' ? [] : [prefix]), 'AWSLogs', ...(organizationId === undefined ? [] : [organizationId])].join('/')}/`;
  const properties = {
    'projection.enabled': 'true',
    'projection.log_account.type': 'enum',
    'projection.log_account.values': accounts.join(','),
    'projection.log_region.type': 'enum',
    'projection.log_region.values': regions.join(','),
    [`projection.${DAY_COLUMN}.type`]: 'date',
    [`projection.${DAY_COLUMN}.range`]: `${firstDay},NOW`,
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
  return `STRUCT<${Object.entries(type)
    .map(([field, of]) => `${field.toLowerCase()}: ${hiveType(of)}`)
    .join(', ')}>`;
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
  return `STRUCT(${Object.entries(type)
    .map(([field, of]) => `"${field}" ${duckType(of)}`)
    .join(', ')})`;
}
