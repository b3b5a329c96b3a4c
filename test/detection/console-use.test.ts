import { consoleUseOf } from '../../lambda/detection/caller';
import type { TrailRecord } from '../../lambda/detection/classify';
import { iamUser, record } from '../support/records';

const TLS = { tlsDetails: { tlsVersion: 'TLSv1.3', clientProvidedHostHeader: 'ec2.us-east-1.amazonaws.com' } };

const CLI = 'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0';

const CONSOLE = { sessionCredentialFromConsole: 'true' };

/** Agents as recorded console sessions have them, shortened. */
it.each([
  'AWS Internal',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36',
  '[Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:102.0)]',
  'SRPS/Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)',
  'aws-internal/3 aws-sdk-java/1.12.692 Linux/5.10.213-179.855.amzn2int.x86_64',
  '[AWSCloudTrail, aws-internal/3 aws-sdk-java/1.12.597 Linux/5.10.201-168]',
  'EC2ConsoleFrontend, aws-internal/3 aws-sdk-java/1.12.582',
  '[S3Console/0.4 cfg/retry-mode/legacy]',
  '[AWS Console S3, S3Console/0.4 cfg/retry-mode/legacy]',
  'AWS CloudWatch Console',
  'console.ec2.amazonaws.com',
  'health.amazonaws.com',
])('a page of the console is known by its credentials and its agent: %s', (userAgent) => {
  const of = (fields: object) => consoleUseOf(record({ fields: { userAgent, ...fields } }));
  expect(of(CONSOLE)).toBe('page');
  expect(of({ ...CONSOLE, ...TLS })).toBe('program');
  expect(of({})).toBeUndefined();
});

it.each<[string, TrailRecord, string | undefined]>([
  ['CloudShell', { ...CONSOLE, ...TLS, userAgent: `${CLI} exec-env/CloudShell exe/x86_64.amzn.2` }, 'program'],
  [
    'CloudShell, where the record has no TLS details',
    { ...CONSOLE, userAgent: `${CLI} exec-env/CloudShell` },
    'program',
  ],
  ['a command line with console credentials', { ...CONSOLE, userAgent: CLI }, 'program'],
  ['an SDK with them', { ...CONSOLE, userAgent: 'Boto3/1.40.4 Botocore/1.40.4' }, 'program'],
  ['a browser’s name before an SDK’s', { ...CONSOLE, userAgent: 'Mozilla/5.0 Botocore/1.40.4' }, 'program'],
  ['no agent', { ...CONSOLE, userAgent: undefined }, 'program'],
  ['a command line', { userAgent: CLI }, undefined],
  ['a flag that is no truth value', { sessionCredentialFromConsole: 'yes', userAgent: 'AWS Internal' }, undefined],
])('%s is not', (_, fields, use) => expect(consoleUseOf(record({ fields }))).toBe(use));

it('older records say it by invokedBy', () => {
  const identity = { ...iamUser('alice'), invokedBy: 'signin.amazonaws.com' };
  const fields = { userAgent: 'console.ec2.amazonaws.com' };
  expect(consoleUseOf(record({ identity, fields }))).toBe('page');
});
