import type { Call } from './calls';

/** Calls that AWS services make by themselves, with no principal of the account behind them. */
export const SERVICE_OWN_CALLS: readonly Call[] = [
  {
    source: 'sts.amazonaws.com',
    name: 'AssumeRole',
    readOnly: true,
    weight: 10,
    by: 'services',
    details: (site, random) => {
      const role = `worker-${random.hex(6)}`;
      const arn = `arn:aws:iam::${site.account}:role/service-role/${role}`;
      return {
        requestParameters: { roleArn: arn, roleSessionName: `i-0${random.hex(16)}`, durationSeconds: 3600 },
        responseElements: {
          credentials: {
            accessKeyId: `ASIA${random.base32(9)}EXAMPLE`,
            sessionToken: random.alphanumeric(332),
          },
          assumedRoleUser: {
            assumedRoleId: `AROA${random.base32(10)}EXAMPLE:${role}`,
            arn: `arn:aws:sts::${site.account}:assumed-role/${role}/${role}`,
          },
        },
        resources: [{ accountId: site.account, type: 'AWS::IAM::Role', ARN: arn }],
      };
    },
  },
  {
    source: 'kms.amazonaws.com',
    name: 'RotateKey',
    readOnly: false,
    weight: 1,
    by: 'services',
    eventType: 'AwsServiceEvent',
    details: (site, random) => ({
      requestParameters: null,
      resources: [
        {
          accountId: site.account,
          type: 'AWS::KMS::Key',
          ARN: `arn:aws:kms:${site.region}:${site.account}:key/${random.uuid()}`,
        },
      ],
    }),
  },
];
