import type { Call } from './calls';
import { INSTANCES, KEYS, ROLES } from './resources';

/** Calls that AWS services make by themselves, with no principal of the account behind them. */
export const SERVICE_OWN_CALLS: readonly Call[] = [
  {
    source: 'sts.amazonaws.com',
    name: 'AssumeRole',
    readOnly: true,
    weight: 14,
    by: 'services',
    details: (site, random) => {
      const role = site.one(ROLES);
      const session = site.one(INSTANCES);
      const arn = `arn:aws:iam::${site.account}:role/service-role/${role.name}`;
      return {
        requestParameters: { roleArn: arn, roleSessionName: session, durationSeconds: 3600 },
        responseElements: {
          credentials: {
            accessKeyId: `ASIA${random.base32(9)}EXAMPLE`,
            sessionToken: random.alphanumeric(500),
          },
          assumedRoleUser: {
            assumedRoleId: `${role.id}:${session}`,
            arn: `arn:aws:sts::${site.account}:assumed-role/${role.name}/${session}`,
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
    details: (site) => ({
      requestParameters: null,
      resources: [{ accountId: site.account, type: 'AWS::KMS::Key', ARN: site.one(KEYS) }],
    }),
  },
];
