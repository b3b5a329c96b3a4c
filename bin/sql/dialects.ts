/** What differs between the engines; everything else of the query is the same text in both. */
export interface Dialect {
  /** epoch seconds of a column with an ISO time, unknown where it has none */
  readonly seconds: (column: string) => string;
  /** ISO time of epoch seconds */
  readonly instant: (seconds: string) => string;
  readonly matches: (text: string, regularExpression: string) => string;
  /** number of different elements of an array */
  readonly distinct: (array: string) => string;
  /** whether a text is an IPv6 address of a network; absent where the engine knows no addresses */
  readonly inNetwork?: (text: string, network: string) => string;
}

/** Athena engine version 3, which is Trino. Source: Trino documentation, "Functions and operators". */
const athena: Dialect = {
  seconds: (column) => `CAST(floor(to_unixtime(TRY(from_iso8601_timestamp(${column})))) AS BIGINT)`,
  instant: (seconds) => `date_format(from_unixtime(${seconds}), '%Y-%m-%dT%H:%i:%sZ')`,
  matches: (text, expression) => `regexp_like(${text}, '${expression}')`,
  distinct: (array) => `cardinality(array_distinct(${array}))`,
  inNetwork: (text, network) => `contains('${network}', TRY_CAST(${text} AS IPADDRESS))`,
};

/** Source: DuckDB documentation, "Functions". */
const duckdb: Dialect = {
  seconds: (column) => `CAST(floor(epoch(TRY_CAST(${column} AS TIMESTAMPTZ))) AS BIGINT)`,
  instant: (seconds) => `strftime(make_timestamp(${seconds} * 1000000), '%Y-%m-%dT%H:%M:%SZ')`,
  matches: (text, expression) => `regexp_matches(${text}, '${expression}')`,
  distinct: (array) => `len(array_distinct(${array}))`,
};

export const DIALECTS = { athena, duckdb } as const;

export type DialectName = keyof typeof DIALECTS;
