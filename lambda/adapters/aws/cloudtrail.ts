import {
  type AdvancedEventSelector,
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  ListPublicKeysCommand,
} from '@aws-sdk/client-cloudtrail';
import { type Advice, answer, type ClientSettings, common } from './sdk';

const ADVICE: Advice = { TrailNotFound: 'The trail is of another account: ask there' };

export type Trail = Awaited<ReturnType<typeof describeTrails>>[number];

/** The trails that log in the client's region, including multi-region and organization trails. @throws ServiceError */
export async function describeTrails(client: CloudTrailClient) {
  const request = client.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
  const { trailList = [] } = await answer(request, 'trails cannot be listed', ADVICE);
  return trailList.map((trail) => ({
    name: trail.Name ?? '',
    arn: trail.TrailARN ?? '',
    homeRegion: trail.HomeRegion ?? '',
    bucket: trail.S3BucketName ?? '',
    /** what precedes `AWSLogs/` in the keys */
    prefix: trail.S3KeyPrefix || undefined,
    keyArn: trail.KmsKeyId || undefined,
    isMultiRegion: trail.IsMultiRegionTrail === true,
    isOrganization: trail.IsOrganizationTrail === true,
  }));
}

export type TrailStatus = Awaited<ReturnType<typeof trailStatus>>;

/** @param client of the trail's home region. @throws ServiceError */
export async function trailStatus(client: CloudTrailClient, arn: string) {
  const request = client.send(new GetTrailStatusCommand({ Name: arn }));
  const status = await answer(request, `status of ${arn} cannot be read`, ADVICE);
  const { LatestDeliveryTime: at } = status;
  return {
    isLogging: status.IsLogging === true,
    /** why the last delivery to S3 failed, if it did */
    deliveryError: status.LatestDeliveryError || undefined,
    /** UTC epoch second */
    lastDelivery: at === undefined ? undefined : Math.floor(at.getTime() / 1000),
  };
}

export type EventSelectors = Awaited<ReturnType<typeof eventSelectors>>;
export type AdvancedSelector = Pick<AdvancedEventSelector, 'FieldSelectors'>;

/** @param client of the trail's home region. @throws ServiceError */
export async function eventSelectors(client: CloudTrailClient, arn: string) {
  const request = client.send(new GetEventSelectorsCommand({ TrailName: arn }));
  const selectors = await answer(request, `event selectors of ${arn} cannot be read`, ADVICE);
  const advanced: readonly AdvancedSelector[] = selectors.AdvancedEventSelectors ?? [];
  return { basic: selectors.EventSelectors ?? [], advanced };
}

/** CloudTrail's signing keys (PKCS #1 in DER) of an interval in UTC epoch seconds. @throws ServiceError */
export async function publicKeys(client: CloudTrailClient, from: number, until: number) {
  const command = new ListPublicKeysCommand({ StartTime: new Date(from * 1000), EndTime: new Date(until * 1000) });
  const { PublicKeyList = [] } = await answer(client.send(command), 'public keys cannot be listed', ADVICE);
  return PublicKeyList.flatMap(({ Fingerprint: fingerprint = '', Value: der }) => (der ? [{ fingerprint, der }] : []));
}

export const cloudTrailClient = (settings: ClientSettings = {}, maxAttempts = 4) =>
  new CloudTrailClient(common(settings, maxAttempts));
