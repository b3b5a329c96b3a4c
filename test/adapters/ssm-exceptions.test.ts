import {
  GetParameterCommand,
  InternalServerError,
  InvalidKeyId,
  ParameterNotFound,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { SsmExceptions } from '../../lambda/adapters/aws/ssm';
import { ParameterError } from '../../lambda/errors';

const NAME = '/regionsweep/exceptions';

describe('exceptions in the parameter store', () => {
  const client = new SSMClient({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const parameter = new SsmExceptions(client, NAME);

  beforeEach(() => mock.reset());

  it('are the text of one parameter, decrypted where it is encrypted', async () => {
    mock.on(GetParameterCommand).resolves({ Parameter: { Name: NAME, Value: '{"exceptions":[]}' } });
    expect(await parameter.read()).toBe('{"exceptions":[]}');
    expect(mock.commandCalls(GetParameterCommand).map(({ args }) => args[0].input)).toEqual([
      { Name: NAME, WithDecryption: true },
    ]);
  });

  it('are absent where there is no such parameter', async () => {
    mock.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata: {} }));
    expect(await parameter.read()).toBeUndefined();
  });

  const named = (name: string, message: string) => Object.assign(new Error(message), { name });
  it.each([
    [named('AccessDeniedException', 'not authorized to perform: ssm:GetParameter'), /Allow ssm:GetParameter/],
    [named('AccessDeniedException', 'not authorized to perform: kms:Decrypt'), /Allow kms:Decrypt/],
    [named('ThrottlingException', 'Rate exceeded'), /throttled/],
    [named('TimeoutError', 'slow'), /could not be reached/],
    [new InternalServerError({ message: 'no', $metadata: { httpStatusCode: 500 } }), /The service failed/],
    [new InvalidKeyId({ message: 'no', $metadata: {} }), /See the cause/],
  ])('fail with a ParameterError that says where and what to do: %s', async (cause, advice) => {
    mock.on(GetParameterCommand).rejects(cause);
    const error: unknown = await parameter.read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ParameterError);
    expect((error as ParameterError).message).toMatch(`parameter ${NAME} cannot be read: ${cause.name}: `);
    expect((error as ParameterError).message).toMatch(advice);
    expect((error as ParameterError).cause).toBe(cause);
  });
});
