import type { Call, CallSite } from './calls';
import { SERVICE_OWN_CALLS } from './calls-own';
import { POLICY_CALLS } from './calls-policies';
import type { Json, JsonObject } from './json';
import type { Random } from './random';

/** Calls of services other than EC2; a few carry the name that is looked for where it does not count. */
export const SERVICE_CALLS: readonly Call[] = [
  read('sts', 'GetCallerIdentity', 5, () => null),
  read('ssm', 'DescribeInstanceInformation', 4, () => ({ maxResults: 50, filters: [] })),
  read('ssm', 'GetParameter', 6, (random) => ({
    name: `/service/${random.pick(['billing', 'search', 'mail'])}/credentials-${random.integer(1, 40)}`,
    withDecryption: true,
  })),
  read('rds', 'DescribeDBInstances', 4, () => ({ maxRecords: 100, filters: [] })),
  read('autoscaling', 'DescribeAutoScalingInstances', 3, () => ({ maxRecords: 50 })),
  read('opsworks', 'DescribeInstances', 0.4, (random) => ({ stackId: random.uuid() })),
  read('logs', 'DescribeLogStreams', 4, (random) => ({
    logGroupName: `/aws/lambda/worker-${random.hex(8)}`,
    orderBy: 'LastEventTime',
    descending: true,
    limit: 50,
  })),
  read('monitoring', 'DescribeAlarms', 3, () => ({ maxRecords: 100, alarmTypes: ['MetricAlarm'] })),
  read('cloudtrail', 'LookupEvents', 1.5, (random, site) => ({
    lookupAttributes: [
      {
        attributeKey: 'EventName',
        attributeValue: random.pick(['DescribeInstances', 'ConsoleLogin', 'AssumeRole']),
      },
    ],
    startTime: site.second - 86_400,
    maxResults: 50,
  })),
  read('lambda', 'GetFunction20150331v2', 3, (random) => ({ functionName: `worker-${random.hex(8)}` })),
  {
    ...read('elasticloadbalancing', 'DescribeTargetHealth', 4, (random, site) => ({
      targetGroupArn: `arn:aws:elasticloadbalancing:${site.region}:${site.account}:targetgroup/web/${random.hex(16)}`,
      marker: `${random.alphanumeric(43)}=`,
    })),
    escaped: true,
  },
  {
    ...read('iam', 'ListAttachedRolePolicies', 8, (random) => ({ roleName: `worker-${random.hex(6)}` })),
    global: true,
  },
  { ...read('iam', 'GetUser', 4, () => null), global: true },
  bucket('GetBucketAcl', 'acl', 5),
  bucket('GetBucketPublicAccessBlock', 'publicAccessBlock', 3),
  kms('Decrypt', 8),
  kms('GenerateDataKey', 4),
  {
    source: 'monitoring.amazonaws.com',
    name: 'PutMetricAlarm',
    readOnly: false,
    weight: 1,
    details: (_, random) => ({
      requestParameters: {
        alarmName: `cpu-${random.hex(6)}`,
        threshold: random.integer(10, 180) / 2,
        comparisonOperator: 'GreaterThanThreshold',
        evaluationPeriods: 3,
        dimensions: [{ name: 'InstanceId', value: `i-0${random.hex(16)}` }],
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
  parameters: (random: Random, site: CallSite) => Json,
): Call {
  return {
    source: `${service}.amazonaws.com`,
    name,
    readOnly: true,
    weight,
    details: (site, random) => ({ requestParameters: parameters(random, site) }),
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
    details: (site, random) => ({
      requestParameters: {
        encryptionContext: {
          SecretARN: `arn:aws:secretsmanager:${site.region}:${site.account}:secret:app-${random.alphanumeric(6)}`,
          SecretVersionId: random.uuid(),
        },
        encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      },
      resources: [
        {
          accountId: site.account,
          type: 'AWS::KMS::Key',
          ARN: `arn:aws:kms:${site.region}:${site.account}:key/${random.uuid()}`,
        },
      ],
    }),
  };
}
