import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { UsageError } from '../../lambda/errors';
import { type AddCommand, ExitCode } from '../cli/io';
import {
  accountIds,
  choice,
  examples,
  GROUP_BY,
  MIN_CALLS,
  MIN_REGIONS,
  matching,
  moment,
  regionNames,
  ruleOf,
  WINDOW,
  WINDOWING,
} from '../cli/options';
import { daysOf, isS3Uri, parseS3Uri } from '../inputs/model';
import type { RuleQuery } from '../sql/query';

/** The name of a table in SQL, with or without database. */
const tableName = matching(
  /^(?:[a-z][a-z0-9_]{0,100}\.)?[a-z][a-z0-9_]{0,100}$/,
  'a name of small letters, digits and underscores, such as logs.trail',
);

export const addAthena: AddCommand = (program, run) => {
  commandOf(program).action(
    run(async (console, place, options) => {
      const { readExceptionFile } = await import('../inputs/option-files.js');
      const exceptions = options.exceptions === undefined ? [] : await readExceptionFile(options.exceptions, console);
      const now = console.time();
      const [since, until] = [options.since?.(now), options.until?.(now)];
      const from = options.dialect === 'athena' ? (since ?? now - 90 * DAY_SECONDS) : since;
      if (from !== undefined && until !== undefined && from >= until) {
        throw new UsageError('--since must be before --until');
      }
      const query = { rule: ruleOf(options), exceptions, since: from, until };
      const statements = await (options.dialect === 'duckdb' ? forDuckDb : forAthena)(place, query, options);
      for (const statement of statements) console.stdout.write(`${statement};\n`);
      return ExitCode.Ok;
    }),
  );
};

const DAY_SECONDS = 86_400;

function commandOf(program: CommandUnknownOpts) {
  return program
    .command('athena')
    .description('Print the rule as SQL: for Athena with its table, or for DuckDB over local files. Runs nothing.')
    .argument('<place>', 's3://BUCKET/PREFIX of the trail; for DuckDB a folder or a glob')
    .addOption(choice('--dialect <name>', 'engine of the query', ['athena', 'duckdb'], 'athena'))
    .addOption(choice('--part <name>', 'Athena runs one statement at a time', ['table', 'query', 'all'], 'all'))
    .option('--table <name>', 'name of the table', tableName, 'regionsweep_trail')
    .option('--account <ids...>', 'accounts of the trail; Athena needs them', accountIds)
    .option('--region <names...>', 'regions of the trail (default: every region)', regionNames)
    .option('--since <time>', 'count only calls at or after this date or time (for Athena 90d by default)', moment)
    .option('--until <time>', 'count only calls before this date or time', moment)
    .addOption(WINDOWING)
    .addOption(MIN_REGIONS)
    .addOption(MIN_CALLS)
    .addOption(WINDOW)
    .addOption(GROUP_BY)
    .option('--exceptions <file>', 'exclude the calls that match this JSON file')
    .addHelpText(
      ...examples({
        'regionsweep athena s3://my-trail --account 111122223333 --part table': 'once',
        'regionsweep athena s3://my-trail --account 111122223333 --part query --since 365d': 'a year of history',
        'regionsweep athena s3://my-trail/AWSLogs/o-a1b2c3d4e5 --account 111122223333,444455556666': 'an organization',
        'regionsweep athena ./trail --dialect duckdb --windowing sliding | duckdb -json': 'the same, locally',
      }),
    );
}

type Options = ReturnType<ReturnType<typeof commandOf>['opts']>;

type Query = Omit<RuleQuery, 'only'>;

async function forDuckDb(place: string, query: Query, { account, region, part }: Options): Promise<string[]> {
  if (isS3Uri(place)) throw new UsageError(`${place}: --dialect duckdb reads local files; give a folder or a glob`);
  if (account !== undefined || region !== undefined || part === 'table') {
    throw new UsageError('--account, --region and --part table are for --dialect athena: name the folder instead');
  }
  const { localRecords } = await import('../sql/table.js');
  const { ruleQuery } = await import('../sql/query.js');
  const { DIALECTS } = await import('../sql/dialects.js');
  const files = /[*?[]/.test(place) ? place : `${place.replace(/\/+$/, '')}/**/*.json*`;
  return [ruleQuery(localRecords(files), { ...query, only: [] }, DIALECTS.duckdb)];
}

async function forAthena(place: string, query: Query, { part, table, account: accounts, region }: Options) {
  if (!isS3Uri(place))
    throw new UsageError(`${place}: expected s3://BUCKET/PREFIX; --dialect duckdb reads local files`);
  if (accounts === undefined) {
    throw new UsageError("--account: name the trail's accounts; Athena works its partitions out from them");
  }
  const { createTable, DAY_COLUMN } = await import('../sql/table.js');
  const { ruleQuery } = await import('../sql/query.js');
  const { DIALECTS } = await import('../sql/dialects.js');
  const { REGIONS } = await import('../synthetic-trail/deliveries.js');
  const { first, last } = daysOf(query);
  const location = { ...locationOf(place), accounts, regions: region ?? REGIONS };
  const isOneOf = (column: string, values: readonly string[]) => `${column} IN ('${values.join("', '")}')`;
  const only = [
    isOneOf('log_account', accounts),
    ...(region === undefined ? [] : [isOneOf('log_region', region)]),
    `${DAY_COLUMN} >= '${first}'`,
    ...(last === undefined ? [] : [`${DAY_COLUMN} <= '${last}'`]),
  ];
  return [
    ...(part === 'query' ? [] : [createTable({ ...location, name: table })]),
    ...(part === 'table' ? [] : [ruleQuery(table, { ...query, only }, DIALECTS.athena)]),
  ];
}

/** @throws UsageError for a prefix that SQL cannot hold, or that goes below the accounts */
function locationOf(place: string) {
  const { bucket, prefix } = parseS3Uri(place);
  const folders = prefix.split('/').filter((folder) => folder !== '');
  const at = folders.includes('AWSLogs') ? folders.indexOf('AWSLogs') : folders.length;
  const [organizationId, ...deeper] = folders.slice(at + 1);
  const isPlain = folders.every((folder) => /^[A-Za-z0-9!_.()-]+$/.test(folder));
  const isOrganization = organizationId === undefined || /^o-[a-z0-9]{10,32}$/.test(organizationId);
  if (!isPlain || !isOrganization || deeper.length > 0) {
    throw new UsageError(`${place}: expected s3://BUCKET/[PREFIX/][AWSLogs/[ORGANIZATION]], of plain characters`);
  }
  return { bucket, prefix: folders.slice(0, at).join('/'), organizationId };
}
