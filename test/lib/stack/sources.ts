import { Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { printed, printedDifference } from '../normal-form';
import { appWith, quietly, resourcesOf, SOURCES, synth, violationsIn } from '../support';

describe.each(Object.entries(SOURCES))('%s', (_name, flags) => {
  const stack = synth(flags, true);
  it('matches its snapshot: a new trail entirely, the others by how they differ from it or from a bucket', () => {
    const isOrganizationsBucket = flags.organizationId !== undefined && flags.trailBucket !== undefined;
    const base = synth(isOrganizationsBucket ? SOURCES['an existing bucket by S3 notification'] : {}, true);
    expect(stack === base ? printed(stack.form) : printedDifference(base.form, stack.form)).toMatchSnapshot();
  });

  it('is clean under the AwsSolutions checks of cdk-nag and the rules of aws-cdk-lib', () => {
    expect(stack.violations).toEqual([]);
  });

  it('reads, and lists for, no other objects than the trail’s and the test bucket’s', () => {
    const prefix = stack.json.Outputs.TrailPrefix?.Value;
    const resources = stack.functionStatements('s3:GetObject').flatMap(({ Resource }) => Resource);
    expect(resources).toHaveLength(2);
    expect(JSON.stringify(resources[0])).toContain(`/${prefix}*/CloudTrail/*"`);
    expect(JSON.stringify(resources[1])).toMatch(/TestBucket.*"\/\*"/);
    const [trail, test] = stack.functionStatements('s3:ListBucket');
    expect(trail?.Condition).toEqual({ StringLike: { 's3:prefix': `${prefix}*` } });
    expect(JSON.stringify(trail?.Resource)).not.toContain('TestBucket');
    expect(JSON.stringify(test?.Resource)).toContain('TestBucket');
  });

  it('encrypts and closes every bucket of its own, and keeps it when the stack is deleted', () => {
    const closed = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
    const encrypted = { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } };
    for (const [, bucket] of resourcesOf(stack.json, 'AWS::S3::Bucket')) {
      expect(bucket).toMatchObject({
        ...{ DeletionPolicy: expect.stringMatching(/^Retain(ExceptOnCreate)?$/), UpdateReplacePolicy: 'Retain' },
        Properties: {
          BucketEncryption: { ServerSideEncryptionConfiguration: [encrypted] },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          PublicAccessBlockConfiguration: Object.fromEntries(closed.map((name) => [name, true])),
        },
      });
    }
  });
});

it('keeps the logical ids of stateful resources, which would otherwise be replaced', () => {
  const stateful = /^AWS::(DynamoDB|S3|SNS|SQS|KMS|CloudTrail)::(Table|Bucket|Topic|Queue|Key|Trail)$/;
  const { Resources } = synth(SOURCES['a new encrypted organization trail'], true).json;
  const ids = Object.entries(Resources).flatMap(([id, { Type }]) => (stateful.test(Type) ? [id] : []));
  expect(ids.sort()).toEqual([
    'RegionSweepAlertsKey077995A4',
    'RegionSweepAlertsTopic1B36336A',
    'RegionSweepLedgerTableE8748D94',
    'RegionSweepPipelineDeadLettersB5F6EBC1',
    'RegionSweepPipelineQueueC7811E59',
    'RegionSweepSourceTrailB281F8BB',
    'RegionSweepSourceTrailBucket9A8BA7F4',
    'RegionSweepSourceTrailKey014AB947',
    'RegionSweepTestBucket6CED57AF',
  ]);
});

it('the checks are on: a bucket that takes plain text is found', () => {
  const app = appWith({});
  new s3.Bucket(new Stack(app, 'Careless'), 'Open');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => quietly(() => app.synth())).toThrow(/AwsSolutions-S10/);
  expect(violationsIn(app.outdir).join('\n')).toMatch(/AwsSolutions-S10 at Careless\/Open/);
});
