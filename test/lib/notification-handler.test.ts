/** What the handler with which aws-cdk-lib merges bucket notifications does to those of others; docs/deploy.md says it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const FOLDER = join(
  require.resolve('aws-cdk-lib/package.json'),
  '../custom-resource-handlers/dist/aws-s3/notifications-resource-handler',
);

/** Runs the handler on a stand-in for S3, and prints the configuration it puts. */
const DRIVER = `
import io, json, sys, types
event = json.load(sys.stdin)
put = {}
class S3:
  def get_bucket_notification_configuration(self, Bucket): return event["Existing"]
  def put_bucket_notification_configuration(self, NotificationConfiguration, **_): put.update(NotificationConfiguration)
sys.modules["boto3"] = types.SimpleNamespace(client=lambda name: S3())
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import index
index.submit_response = lambda event, context, status, message: put.update(Status=status)
index.handler(event, None)
print(json.dumps(put))
`;

const filter = (prefix: string) => ({
  Key: { FilterRules: [{ Name: 'Prefix', Value: prefix }] },
});
const notification = (prefix: string, queue: string) => ({
  Events: ['s3:ObjectCreated:*'],
  Filter: filter(prefix),
  QueueArn: `arn:aws:sqs:eu-west-1:111122223333:${queue}`,
});
const ofOthers = { Id: 'terraform-reports', ...notification('reports/', 'reports') };
const ours = (prefix: string) => ({ QueueConfigurations: [notification(prefix, 'regionsweep')] });

interface Put {
  readonly Status: string;
  readonly QueueConfigurations: readonly { readonly Id: string; readonly QueueArn: string }[];
}

function handled(request: Record<string, unknown>): Put {
  const event = {
    StackId: 'stack',
    LogicalResourceId: 'Notifications',
    RequestId: 'r',
    ResponseURL: 'none',
    ...request,
  };
  const { stdout, stderr } = spawnSync('python3', ['-c', DRIVER, FOLDER], {
    input: JSON.stringify(event),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Put;
}

const properties = (prefix: string) => ({
  BucketName: 'company-trail',
  Managed: 'false',
  NotificationConfiguration: ours(prefix),
});
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) process.stdout.write('python3 is not here: aws-cdk-lib’s notification handler is not run\n');

(hasPython ? describe : describe.skip)('the notification of a shared bucket', () => {
  it('leaves those of others as they are when it is made', () => {
    const put = handled({
      RequestType: 'Create',
      ResourceProperties: properties('AWSLogs/'),
      Existing: { QueueConfigurations: [ofOthers] },
    });
    expect(put).toMatchObject({
      Status: 'SUCCESS',
      QueueConfigurations: [ofOthers, ours('AWSLogs/').QueueConfigurations[0]],
    });
  });

  it('gives those of others new ids when it changes, and keeps all else of them', () => {
    const { Id: _, ...rest } = ofOthers;
    const put = handled({
      RequestType: 'Update',
      ResourceProperties: properties('audit/AWSLogs/'),
      OldResourceProperties: properties('AWSLogs/'),
      Existing: {
        QueueConfigurations: [ofOthers, { Id: 'stack-1', ...notification('AWSLogs/', 'regionsweep') }],
      },
    });
    expect(put.Status).toBe('SUCCESS');
    expect(put.QueueConfigurations).toEqual([
      { ...rest, Id: '' },
      { ...ours('audit/AWSLogs/').QueueConfigurations[0], Id: expect.stringMatching(/^stack-/) },
    ]);
  });
});
