import { AccountClient, paginateListRegions } from '@aws-sdk/client-account';
import { type CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CALL } from '../../detection/rule';
import { allPages, type ClientSettings, common, readError } from './sdk';

/** Least privilege for the event history; listing regions is needed only if none are named. */
export const EVENT_HISTORY_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['cloudtrail:LookupEvents', 'account:ListRegions'], Resource: '*' }],
});

const LIST_ADVICE = { AccessDenied: `Allow it: ${EVENT_HISTORY_POLICY}` };
const ADVICE = { AccessDenied: 'Allow the action named below, unless the organization forbids the region' };

/** Regions that the account can use. Source: Account Management API reference, ListRegions. @throws ObjectReadError */
export async function enabledRegions(settings: ClientSettings): Promise<string[]> {
  const client = new AccountClient(common(settings, 4));
  const enabled = paginateListRegions({ client }, { RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'] });
  const pages = await allPages(enabled).catch((cause: unknown) => {
    throw readError('regions cannot be listed; name them with --region', cause, LIST_ADVICE);
  });
  return pages.flatMap(({ Regions = [] }) => Regions.flatMap(({ RegionName }) => RegionName ?? [])).sort();
}

const PAGE_EVENTS = 50;

/**
 * The pages of the rule's calls in one region's event history.
 * @param from UTC epoch seconds, as is `until`, both included
 * @param turn waits before each request: AWS allows two per second and region
 * @throws ObjectReadError
 */
export async function* lookUpCalls(
  client: CloudTrailClient,
  name: string,
  { from, until }: { readonly from: number; readonly until: number },
  turn: () => Promise<void>,
) {
  let token: string | undefined;
  do {
    await turn();
    const command = new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: CALL.eventName }],
      StartTime: new Date(from * 1000),
      EndTime: new Date(until * 1000),
      MaxResults: PAGE_EVENTS,
      NextToken: token,
    });
    const { Events: events = [], NextToken } = await client.send(command).catch((cause: unknown) => {
      throw readError(`${name}: cannot be read`, cause, ADVICE);
    });
    const time = events.at(-1)?.EventTime;
    yield {
      // Without a record the event is reported as an invalid one.
      records: events.map(({ CloudTrailEvent = '' }) => CloudTrailEvent),
      /** UTC epoch second of the last event */
      oldest: time === undefined ? undefined : Math.floor(time.getTime() / 1000),
    };
    token = NextToken;
  } while (token !== undefined);
}
