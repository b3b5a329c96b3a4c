import {
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  ListPublicKeysCommand,
  type AdvancedEventSelector as SdkAdvancedSelector,
} from '@aws-sdk/client-cloudtrail';
import { LookupError } from '../../errors';
import { type Advice, answer, type ClientSettings, common } from './sdk';

const ADVICE: Advice = {
  TrailNotFound: 'The trail is of another account: ask there',
};

export interface Trail {
  readonly name: string;
  readonly arn: string;
  /** the home region, where it is configured */
  readonly homeRegion: string;
  readonly bucket: string;
  /** what precedes `AWSLogs/` in the keys */
  readonly prefix: string | undefined;
  readonly keyArn: string | undefined;
  readonly isMultiRegion: boolean;
  readonly isOrganization: boolean;
}

/** The trails that log in the client's region, including multi-region and organization trails. @throws LookupError */
export async function describeTrails(client: CloudTrailClient): Promise<Trail[]> {
  const request = client.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
  const { trailList = [] } = await answer(request, 'trails cannot be listed', ADVICE, LookupError);
  return trailList.map((trail) => ({
    name: trail.Name ?? '',
    arn: trail.TrailARN ?? '',
    homeRegion: trail.HomeRegion ?? '',
    bucket: trail.S3BucketName ?? '',
    prefix: trail.S3KeyPrefix || undefined,
    keyArn: trail.KmsKeyId || undefined,
    isMultiRegion: trail.IsMultiRegionTrail === true,
    isOrganization: trail.IsOrganizationTrail === true,
  }));
}

export interface TrailStatus {
  readonly isLogging: boolean;
  /** why the last delivery to S3 failed, if it did */
  readonly deliveryError: string | undefined;
  /** UTC epoch second */
  readonly lastDelivery: number | undefined;
}

/** @param client of the trail's home region. @throws LookupError */
export async function trailStatus(client: CloudTrailClient, arn: string): Promise<TrailStatus> {
  const request = client.send(new GetTrailStatusCommand({ Name: arn }));
  const status = await answer(request, `status of ${arn} cannot be read`, ADVICE, LookupError);
  const { LatestDeliveryTime: at } = status;
  return {
    isLogging: status.IsLogging === true,
    deliveryError: status.LatestDeliveryError || undefined,
    lastDelivery: at === undefined ? undefined : Math.floor(at.getTime() / 1000),
  };
}

/** A trail's selectors, basic or advanced. */
export interface EventSelectors {
  readonly basic: readonly EventSelector[];
  readonly advanced: readonly AdvancedSelector[];
}

export type AdvancedSelector = Pick<SdkAdvancedSelector, 'FieldSelectors'>;

/** @param client of the trail's home region. @throws LookupError */
export async function eventSelectors(client: CloudTrailClient, arn: string): Promise<EventSelectors> {
  const request = client.send(new GetEventSelectorsCommand({ TrailName: arn }));
  const selectors = await answer(request, `event selectors of ${arn} cannot be read`, ADVICE, LookupError);
  return { basic: selectors.EventSelectors ?? [], advanced: selectors.AdvancedEventSelectors ?? [] };
}

/** A public key, PKCS #1 in DER. */
export interface SigningKey {
  readonly fingerprint: string;
  readonly der: Uint8Array;
}

/**
 * The keys with which CloudTrail signed digests in the client's region and an interval, in UTC epoch seconds.
 * @throws LookupError
 */
export async function publicKeys(client: CloudTrailClient, from: number, until: number): Promise<SigningKey[]> {
  const command = new ListPublicKeysCommand({ StartTime: new Date(from * 1000), EndTime: new Date(until * 1000) });
  const { PublicKeyList = [] } = await answer(
    client.send(command),
    'public keys cannot be listed',
    ADVICE,
    LookupError,
  );
  return PublicKeyList.flatMap(({ Fingerprint: fingerprint = '', Value: der }) => (der ? [{ fingerprint, der }] : []));
}

export function cloudTrailClient(settings: ClientSettings = {}, maxAttempts = 4): CloudTrailClient {
  return new CloudTrailClient(common(settings, maxAttempts));
}
