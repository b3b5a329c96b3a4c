import type { Advice } from './sdk-errors';

const DENIED =
  "Allow s3:GetObject on the object and s3:ListBucket on the bucket to this identity, in the bucket policy too when the bucket is another account's. Without s3:ListBucket S3 says this of a deleted object too";
const ELSEWHERE = 'The bucket is in another region: name that one';

/** Source: Amazon S3 API reference, "Error responses". */
export const S3_ADVICE: Advice = {
  AccessDenied: DENIED,
  Forbidden: DENIED,
  InvalidObjectState:
    'It is archived in Glacier: restore it, or keep trails out of archive classes while they are to be read',
  NoSuchBucket: 'There is no such bucket: check its name',
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
};
