import {
  AuthorizationErrorException,
  InvalidParameterException,
  KMSAccessDeniedException,
  KMSDisabledException,
  NotFoundException,
  PublishCommand,
  SNSClient,
  ThrottledException,
} from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { SnsSink } from '../../lambda/adapters/aws/sns';
import { SendError } from '../../lambda/errors';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';

const MESSAGE = {
  subject: '[low] mallory swept 10 regions',
  body: '{"default":"text"}',
  attributes: { rule_id: 'ec2-multi-region-describe-instances', kind: 'alert', replay_id: '' },
};

describe('alerts on SNS', () => {
  const client = new SNSClient({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const sink = new SnsSink(client, TOPIC);

  beforeEach(() => mock.reset());

  it('go out with a text for each protocol, and no empty attribute', async () => {
    mock.on(PublishCommand).resolves({ MessageId: 'm-1' });
    expect(await sink.publish(MESSAGE)).toBe('m-1');
    expect(mock.commandCalls(PublishCommand)[0]!.args[0].input).toEqual({
      TopicArn: TOPIC,
      MessageStructure: 'json',
      Subject: MESSAGE.subject,
      Message: MESSAGE.body,
      MessageAttributes: {
        rule_id: { DataType: 'String', StringValue: 'ec2-multi-region-describe-instances' },
        kind: { DataType: 'String', StringValue: 'alert' },
      },
    });
  });

  const options = { message: 'so it is', $metadata: {} };
  it.each([
    [new AuthorizationErrorException(options), /Allow sns:Publish/],
    [new NotFoundException(options), /The topic is gone/],
    [new InvalidParameterException(options), /99 printable ASCII characters and 262,144 bytes/],
    [new KMSAccessDeniedException(options), /key's own policy/],
    [new KMSDisabledException(options), /enable it/],
    [new ThrottledException(options), /throttled/],
    [Object.assign(new Error('slow'), { name: 'TimeoutError' }), /could not be reached/],
  ])('fail with a SendError that says where and what to do: %s', async (cause, advice) => {
    mock.on(PublishCommand).rejects(cause);
    const error: unknown = await sink.publish(MESSAGE).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SendError);
    expect((error as SendError).message).toMatch(`cannot publish to ${TOPIC}: ${cause.name}: `);
    expect((error as SendError).message).toMatch(advice);
    expect((error as SendError).message).not.toContain(MESSAGE.subject);
    expect((error as SendError).cause).toBe(cause);
  });
});
