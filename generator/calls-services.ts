import type { Call, CallSite } from './calls';
import { SERVICE_OWN_CALLS } from './calls-own';
import { POLICY_CALLS } from './calls-policies';
import type { Json, JsonObject } from './json';
import type { Random } from './random';
import { ALARMS, FUNCTIONS, INSTANCES, ROLES, SECRETS, STACKS, TARGET_GROUPS } from './resources';

/** Calls of services other than EC2; a few carry the name that is looked for where it does not count. */
export const SERVICE_CALLS: readonly Call[] = [
  read('sts', 'GetCallerIdentity', 5, () => null),
  read('ssm', 'DescribeInstanceInformation', 4, () => ({ maxResults: 50, filters: [] })),
  read('ssm', 'GetParameter', 6, (_, random) => ({
    name: `/service/${random.pick(['billing', 'search', 'mail'])}/credentials-${random.integer(1, 40)}`,
    withDecryption: true,
  })),
  read('rds', 'DescribeDBInstances', 4, () => ({ maxRecords: 100, filters: [] })),
  read('autoscaling', 'DescribeAutoScalingInstances', 3, () => ({ maxRecords: 50 })),
  read('opsworks', 'DescribeInstances', 0.4, (site) => ({ stackId: site.one(STACKS) })),
  read('logs', 'DescribeLogStreams', 4, (site) => ({
    logGroupName: `/aws/lambda/${site.one(FUNCTIONS)}`,
    orderBy: 'LastEventTime',
    descending: true,
    limit: 50,
  })),
  read('monitoring', 'DescribeAlarms', 3, () => ({ maxRecords: 100, alarmTypes: ['MetricAlarm'] })),
  read('cloudtrail', 'LookupEvents', 1.5, (site, random) => ({
    lookupAttributes: [
      {
        attributeKey: 'EventName',
        attributeValue: random.pick(['DescribeInstances', 'ConsoleLogin', 'AssumeRole']),
      },
    ],
    startTime: site.second - 86_400,
    maxResults: 50,
  })),
  read('lambda', 'GetFunction20150331v2', 3, (site) => ({ functionName: site.one(FUNCTIONS) })),
  {
    ...read('elasticloadbalancing', 'DescribeTargetHealth', 4, (site) => {
      const { arn, marker } = site.one(TARGET_GROUPS);
      return { targetGroupArn: arn, marker };
    }),
    escaped: true,
  },
  {
    ...read('iam', 'ListAttachedRolePolicies', 8, (site) => ({ roleName: site.one(ROLES).name })),
    global: true,
  },
  { ...read('iam', 'GetUser', 4, () => null), global: true },
  bucket('GetBucketAcl', 'acl', 5),
  bucket('GetBucketPublicAccessBlock', 'publicAccessBlock', 3),
  kms('Decrypt', 8),
  kms('GenerateDataKey', 4),
  { ...bucket('GetBucketAcl', 'acl', 6), by: 'services' },
  { ...kms('GenerateDataKey', 6), by: 'services' },
  {
    source: 'monitoring.amazonaws.com',
    name: 'PutMetricAlarm',
    readOnly: false,
    weight: 1,
    details: (site, random) => ({
      requestParameters: {
        alarmName: site.one(ALARMS),
        threshold: random.integer(10, 180) / 2,
        comparisonOperator: 'GreaterThanThreshold',
        evaluationPeriods: 3,
        dimensions: [{ name: 'InstanceId', value: site.one(INSTANCES) }],
        insufficientDataActions: [],
      },
      responseElements: null,
    }),
  },
  {
    source: 'signin.amazonaws.com',
    name: 'ConsoleLogin',
    readOnly: false,
    weight: 0.6,
    global: true,
    eventType: 'AwsConsoleSignIn',
    escaped: true,
    details: (_, random) => ({
      requestParameters: null,
      responseElements: { ConsoleLogin: 'Success' },
      additionalEventData: {
        LoginTo: `https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=${random.hex(24)}`,
        MobileVersion: 'No',
        MFAUsed: 'Yes',
      },
    }),
  },
  ...POLICY_CALLS,
  ...SERVICE_OWN_CALLS,
];

function read(
  service: string,
  name: string,
  weight: number,
  parameters: (site: CallSite, random: Random) => Json,
): Call {
  return {
    source: `${service}.amazonaws.com`,
    name,
    readOnly: true,
    weight,
    details: (site, random) => ({ requestParameters: parameters(site, random) }),
  };
}

function bucket(name: string, aspect: string, weight: number): Call {
  return {
    source: 's3.amazonaws.com',
    name,
    readOnly: true,
    weight,
    details: (site, random) => {
      const bucketName = `data-${site.account}-${random.pick(['logs', 'media', 'backup'])}`;
      return {
        requestParameters: {
          bucketName,
          Host: `${bucketName}.s3.${site.region}.amazonaws.com`,
          [aspect]: '',
        },
        additionalEventData: {
          SignatureVersion: 'SigV4',
          CipherSuite: 'TLS_AES_128_GCM_SHA256',
          bytesTransferredIn: 0,
          AuthenticationMethod: 'AuthHeader',
          'x-amz-id-2': `${random.alphanumeric(75)}=`,
          bytesTransferredOut: random.integer(120, 900),
        },
        resources: [
          { accountId: site.account, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
        ] satisfies readonly JsonObject[],
      };
    },
  };
}

function kms(name: string, weight: number): Call {
  return {
    source: 'kms.amazonaws.com',
    name,
    readOnly: true,
    weight,
    details: (site) => {
      const { arn, version, key } = site.one(SECRETS);
      return {
        requestParameters: {
          encryptionContext: { SecretARN: arn, SecretVersionId: version },
          encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        },
        resources: [{ accountId: site.account, type: 'AWS::KMS::Key', ARN: key }],
      };
    },
  };
}
