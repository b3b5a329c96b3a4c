import { isObject } from '../../trail/sighting';

/** What a DescribeInstances asked for. */
export interface ReadParameters {
  /** `no filter`, or what was asked for: `filter instance-state-name=running`, `3 instances by id`, `dry run` */
  readonly text: string;
  readonly isUnfiltered: boolean;
  readonly isDryRun: boolean;
}

const MOST_FILTERS = 5;
const MOST_FILTER_VALUES = 3;

/** Reads `requestParameters` of EC2, where lists are `{"items":[…]}`. */
export function parametersOf(value: unknown): ReadParameters {
  const parameters = isObject(value) ? value : {};
  const filters = itemsOf(parameters.filterSet);
  const instances = itemsOf(parameters.instancesSet);
  const isDryRun = isTrue(parameters.dryRun ?? parameters.DryRun);
  const isUnfiltered = filters.length === 0 && instances.length === 0;
  const said = [
    ...filters.slice(0, MOST_FILTERS).map((filter) => `filter ${filterText(filter)}`),
    ...(filters.length > MOST_FILTERS ? [`${filters.length - MOST_FILTERS} more filters`] : []),
    ...(instances.length === 0 ? [] : [`${instances.length} instances by id`]),
    ...(isUnfiltered ? ['no filter'] : []),
    ...(isDryRun ? ['dry run'] : []),
  ];
  return { text: said.join(', '), isUnfiltered, isDryRun };
}

function filterText(filter: unknown): string {
  if (!isObject(filter)) return '?';
  const values = itemsOf(filter.valueSet).map((item) => plain(isObject(item) ? item.value : item));
  const more = values.length > MOST_FILTER_VALUES ? ',…' : '';
  return `${plain(filter.name)}=${values.slice(0, MOST_FILTER_VALUES).join(',')}${more}`.slice(0, 200);
}

/** CloudTrail writes truth values as such and as text. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

/** Anything else than a plain value could be made to throw when it is turned into text. */
function plain(value: unknown): string {
  return typeof value === 'object' && value !== null ? '?' : String(value);
}

function itemsOf(set: unknown): unknown[] {
  return isObject(set) && Array.isArray(set.items) ? set.items : [];
}
