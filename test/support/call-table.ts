import { CallTable } from '../../lambda/detection/call-table';
import { callerOf } from '../../lambda/detection/caller';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { parseInstant } from '../../lambda/util/values';

/** The calls of records by their callers, as a backtest takes them. */
export function tableOf(records: readonly Record<string, unknown>[]): CallTable {
  const table = new CallTable(DEFAULT_PARAMETERS);
  const calls = records.map((record) => ({
    actor: callerOf(record),
    region: String(record.awsRegion),
    second: parseInstant(String(record.eventTime))!,
    callId: '',
  }));
  table.add({ bucket: '', key: 'calls' }, calls);
  return table;
}
