import { S3Client } from '@aws-sdk/client-s3';
import { type ClientSettings, common, type Environment, hasOwnEndpoint } from './settings';

export function s3Client(settings: ClientSettings = {}, environment: Environment = process.env): S3Client {
  return new S3Client({
    ...common(settings, 4),
    // An emulator has no host name for each bucket.
    forcePathStyle: hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_S3, environment),
    // A bucket named on the command line may lie in another region than the profile's.
    followRegionRedirects: true,
    // gzip carries a checksum of its own; summing the stored bytes too would cost time on each object.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
