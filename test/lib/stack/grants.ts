import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { identityStatements, SOURCES, synth } from '../support';

/** The action that IAM asks for each call of the SDK; service authorization reference of each service. */
const ACTIONS: Readonly<Record<string, string>> = {
  GetItemCommand: 'dynamodb:GetItem',
  PutItemCommand: 'dynamodb:PutItem',
  UpdateItemCommand: 'dynamodb:UpdateItem',
  QueryCommand: 'dynamodb:Query',
  GetObjectCommand: 's3:GetObject',
  ListObjectsV2Command: 's3:ListBucket',
  PublishCommand: 'sns:Publish',
  SendMessageBatchCommand: 'sqs:SendMessage',
  GetParameterCommand: 'ssm:GetParameter',
};

/** Actions that no call of ours makes, and who does. */
const ON_OUR_BEHALF: Readonly<Record<string, string>> = {
  'sqs:ReceiveMessage': 'Lambda reads the queue with the role of the function',
  'sqs:DeleteMessage': 'Lambda acknowledges with the role of the function',
  'sqs:GetQueueAttributes': 'Lambda scales by the length of the queue with the role of the function',
  'logs:CreateLogStream': 'Lambda writes what the function prints',
  'logs:PutLogEvents': 'Lambda writes what the function prints',
  's3:ListBucket': 'S3 says that an object is missing only to who may list',
  'kms:Decrypt': 'S3 decrypts objects and SNS its data key with the rights of the caller',
  'kms:GenerateDataKey': 'SNS encrypts what is published with the rights of the caller',
  'kms:GenerateDataKeyWithoutPlaintext': 'SNS encrypts what is published with the rights of the caller',
};

/** Names of the SDK calls in our code that ends up in the function. */
function callsInFunction(): Set<string> {
  const { outputFiles } = buildSync({
    absWorkingDir: join(__dirname, '../../..'),
    entryPoints: ['lambda/handler.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    treeShaking: true,
    write: false,
    outfile: 'index.js',
  });
  return new Set([...outputFiles[0]!.text.matchAll(/\bnew (\w+Command)\d*\(/g)].map(([, name]) => name!));
}

const called = callsInFunction();
const granted = new Set(
  [...Object.values(SOURCES), { exceptionsParameter: '/regionsweep/exceptions' }].flatMap((flags) =>
    identityStatements(synth(flags, true).json, /DetectorRole/).flatMap(({ Action }) => Action),
  ),
);

it('finds the calls of the function', () => {
  expect([...called]).toEqual(
    expect.arrayContaining([
      'GetObjectCommand',
      'PublishCommand',
      'PutItemCommand',
      'QueryCommand',
      'SendMessageBatchCommand',
    ]),
  );
});

it.each([...called])('%s is a call whose action is known and granted', (call) => {
  expect(ACTIONS).toHaveProperty(call);
  expect([...granted]).toContain(ACTIONS[call]);
});

it.each([...granted])('%s is used', (action) => {
  const byCode = [...called].some((call) => ACTIONS[call] === action);
  expect(byCode || action in ON_OUR_BEHALF).toBe(true);
});
