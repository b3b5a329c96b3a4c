import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimedTool, contradictionsOf, toolNamed, toolOfSession } from '../../lambda/alert/evidence/known-tools';
import { CLI } from '../support/alert-cases';
import { T0 } from '../support/records';

const AGENTS = JSON.parse(readFileSync(join(__dirname, 'agents.json'), 'utf8')) as [string, string, string][];

it.each(AGENTS)('%s is recognised as %s', (_, claim, agent) => {
  expect(claimedTool(agent)).toBe(claim);
  expect(toolNamed(claim).name).toBe(claim.replace(/ in \w+$/, ''));
});

it.each([
  ['Boto3/1.42.3 aws-sdk-go-v2/1.36.0', 'SDKs of 2 languages (go, python)'],
  ['aws-sdk-java/2.28.0 aws-sdk-nodejs/2.1692.0', 'SDKs of 2 languages (java, js)'],
  ['aws-cli/2.31.0 md/Botocore#1.42.0 lang/python#2.7.18', 'Botocore 1.42 on Python 2'],
  ['aws-sdk-java/1.10.20 Linux/4.14 Java_HotSpot', 'AWS SDK for Java 1.10, superseded in 2016'],
  ['aws-sdk-java/1.11.1030 Linux/5.4.122', undefined],
  ['aws-sdk-go/1.55.5 aws-sdk-go-v2/1.36.0', undefined],
  ['aws-cli/1.18.147 Python/2.7.18 Linux/4.14.355-275.572.amzn2.x86_64 botocore/1.18.6', undefined],
  ['aws-cli/1.18.69 Python/3.8.10 Linux/5.4.0-42-generic botocore/1.16.19', undefined],
  ['Boto3/1.42.3 md/Botocore#1.42.3 Botocore/1.42.3 Python/3.12.1', undefined],
])('%s contradicts itself: %s', (agent, contradiction) => {
  expect(contradictionsOf(agent, { second: T0 })).toBe(contradiction);
});

it.each([
  ['AWS Internal', 'the AWS console, signed with a long-lived key'],
  ['console.ec2.amazonaws.com', 'the AWS console, signed with a long-lived key'],
  ['Mozilla/5.0 (X11; Linux x86_64)', 'a browser, signed with a long-lived key'],
  ['BillingConsole 2.1 of ours', undefined],
])('%s with a long-lived key: %s', (agent, contradiction) => {
  expect(contradictionsOf(agent, { second: T0, signedBy: 'key' })).toBe(contradiction);
});

it.each([
  ['aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64', /^macOS, with the credentials/],
  ['aws-cli/2.15.30 Python/3.11.8 Windows/10 exe/AMD64', /^Windows of a workstation, with/],
  ['aws-cli/2.15.30 Python/3.11.8 Windows/2022Server exe/AMD64', /^$/],
  [CLI, /^$/],
])('%s with an instance’s credentials: %s', (agent, contradiction) => {
  expect(contradictionsOf(agent, { second: T0, signedBy: 'workload' }) ?? '').toMatch(contradiction);
  expect(contradictionsOf(agent, { second: T0 })).toBeUndefined();
});

it.each([
  ['ProwlerAsessmentSession', 'Prowler'],
  ['CloudCustodian@ec2-old', 'Cloud Custodian'],
  ['i-0123456789abcdef0', undefined],
])('a session named %s is of %s', (name, tool) => expect(toolOfSession(name)).toBe(tool));
