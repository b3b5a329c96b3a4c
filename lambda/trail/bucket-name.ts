/**
 * Bucket names, those from before 2018 included. An ARN is none, so that nobody can point the function at an access
 * point. Source: Amazon S3 user guide, "General purpose bucket naming rules".
 */
export const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;
