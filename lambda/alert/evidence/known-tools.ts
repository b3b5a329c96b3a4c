import { formatInstant, present } from '../../util/values';

/**
 * What user agents and session names claim, by the values that tools send; source: the tools' code and recorded trails. The
 * caller chooses both, so a match is a claim, not proof. Steampipe, CloudFox, CloudQuery, CloudMapper, Cartography,
 * CloudSploit and the nukes send the plain agent of their SDK, and cannot be distinguished.
 */

export type ToolKind = 'attack' | 'audit' | 'infrastructure' | 'console' | 'service' | 'browser' | 'sdk';

export interface Tool {
  readonly name: string;
  readonly kind: ToolKind;
  /** whether it calls GetCallerIdentity at every start */
  readonly asksWho?: boolean;
}

function tools(kind: ToolKind, ...entries: readonly (readonly [string, RegExp, 'asks who'?])[]) {
  return entries.map(([name, pattern, asks]) => ({ name, pattern, kind, asksWho: asks !== undefined }));
}

/** The first match names the tool: tools also announce the library that they use. */
const KNOWN = [
  ...tools(
    'attack',
    ['Pacu', /\bpacu\b/i],
    ['Stratus Red Team', /\bstratus-red-team/i],
    ['Grimoire', /\bgrimoire_/],
    ['TruffleHog', /\btrufflehog\b/i],
    // The kernel's release or the system's name, on which Pacu sends another agent instead.
    ['Kali Linux', /\bkali\b|-kali\d/i],
    ['Parrot OS', /[-+.\d]parrot(?:\d|\b)/i],
    ['Pentoo', /[-+.]pentoo\b/i],
    ['BlackArch', /\bblackarch\b/i],
  ),
  ...tools(
    'audit',
    ['Scout Suite', /\bscout[ -]?suite\b/i, 'asks who'],
    // It sends the id under which its authors registered with AWS.
    ['Prowler', /\bprowler\b|\bAPN_1826889\b/i, 'asks who'],
    ['Cloud Custodian', /\bc7n\/|\bcloud-?custodian\b/i, 'asks who'],
  ),
  ...tools(
    'infrastructure',
    // Before Terraform, because it uses Terraform's provider.
    ['OpenTofu', /\bopentofu\b/i, 'asks who'],
    ['Terraform', /\bterraform\b/i, 'asks who'],
    ['Pulumi', /\bpulumi\b/i, 'asks who'],
    ['AWS CDK', /\baws-cdk\//i, 'asks who'],
    ['AWS Toolkit', /\bAWS-Toolkit-For-/i, 'asks who'],
    ['Ansible', /\bansible\b/i],
    ['Packer', /\bpacker\//i],
    ['HashiCorp Vault', /\bhashicorp vault\b/i],
    ['Crossplane', /\bcrossplane\b/i],
    ['Karpenter', /\bkarpenter\b/i],
    ['Cluster Autoscaler', /\bcluster-autoscaler\//i],
    ['eksctl', /\beksctl\//i, 'asks who'],
    ['Kubernetes', /\bkubernetes\//i],
    ['Grafana', /\bgrafana\//i],
    ['Datadog', /\bdatadog\b/i],
  ),
  ...tools('console', [
    'the AWS console',
    /^AWS Internal$|\baws-internal\/|\b(?:console|signin)\.(?:[a-z0-9-]+\.)*(?:amazonaws|aws\.amazon)\.com|\bEC2ConsoleFrontend\b|Console(?:$|[,/ ])/,
  ]),
  ...tools('service', ['an AWS service', /^(?:[a-z0-9-]+\.)+amazonaws\.com(?:\.cn)?$/]),
  ...tools(
    'sdk',
    ['AWS Tools for PowerShell', /\bAWSPowerShell/i],
    ['AWS CLI', /\baws-cli\//i],
    ['Boto3', /\bboto3\//i],
    ['Botocore', /\bbotocore[/#]/i],
    ['Boto 2', /\bboto\/2\./i],
    ['AWS SDK for Go', /\baws-sdk-go(?:-v2)?\//i],
    ['AWS SDK for Java', /\baws-sdk-java\//i],
    ['AWS SDK for JavaScript', /\baws-sdk-(?:js|nodejs)\//i],
    ['AWS SDK for .NET', /\baws-sdk-(?:net|dotnet)/i],
    ['AWS SDK for Rust', /\baws-sdk-rust\//i],
    ['AWS SDK for Ruby', /\baws-sdk-ruby\d?\//i],
    ['AWS SDK for PHP', /\baws-sdk-php\d?\//i],
    ['AWS SDK for C++', /\baws-sdk-cpp\//i],
    ['AWS SDK for Kotlin', /\baws-sdk-kotlin\//i],
    ['AWS SDK for Swift', /\baws-sdk-swift\//i],
    ['Rusoto', /\brusoto\//i],
    ['S3 Browser', /^S3 Browser\b/],
    ['WinSCP', /^WinSCP\//],
    ['Python Requests', /^python-requests\//],
    ['Go’s HTTP client', /^Go-http-client\//],
    ['Python’s urllib', /^Python-urllib\//],
    ['Postman', /^PostmanRuntime\//],
    ['curl', /^curl\//i],
  ),
  ...tools('browser', ['a browser', /^(?:SRPS\/)?Mozilla\//]),
];

/** Where a program says it runs; the SDKs take it from AWS_EXECUTION_ENV. */
const ENVIRONMENTS: readonly (readonly [string, RegExp])[] = [
  ['CloudShell', /\bexec-env\/CloudShell\b/i],
  ['Lambda', /\bexec-env\/AWS_Lambda/i],
  ['ECS', /\bexec-env\/AWS_ECS/i],
  ['CodeBuild', /\bexec-env\/(?:AWS_)?CodeBuild/i],
  ['EC2', /\bexec-env\/EC2\b/i],
];

/** Most characters of a user agent that are examined. */
const MAX_LENGTH = 2000;

/** Without the brackets that some services write around it. */
function sentAgent(userAgent: string): string {
  return userAgent.slice(0, MAX_LENGTH).replace(/^\[([^\]]*)\]$/, '$1');
}

/** What a user agent claims to be: a tool, and where it runs if that is said, such as `AWS CLI in CloudShell`. */
export function claimedTool(userAgent: string): string | undefined {
  const agent = sentAgent(userAgent);
  const tool = KNOWN.find(({ pattern }) => pattern.test(agent));
  const where = ENVIRONMENTS.find(([, pattern]) => pattern.test(agent))?.[0];
  if (tool === undefined) return where && `a program in ${where}`;
  return where === undefined ? tool.name : `${tool.name} in ${where}`;
}

const OTHER: Tool = { name: 'a program', kind: 'sdk' };

/** The tool of a claim that `claimedTool` gave. */
export function toolNamed(claim: string): Tool {
  return KNOWN.find(({ name }) => name === claim || claim.startsWith(`${name} in `)) ?? OTHER;
}

/** Default session names of tools. */
const SESSION_NAMES: readonly (readonly [string, RegExp])[] = [
  // Some versions spell it so.
  ['Prowler', /^ProwlerAss?essmentSession$/i],
  ['Cloud Custodian', /^(?:CloudCustodian(?:@.*)?|c7n-org)$/],
];

export function toolOfSession(sessionName: string): string | undefined {
  return SESSION_NAMES.find(([, pattern]) => pattern.test(sessionName))?.[0];
}

/** SDKs and their newest minor version at the end of each year from the given one on, by the dates of their tags. */
const RELEASES: readonly (readonly [name: string, pattern: RegExp, from: number, newest: readonly number[]])[] = [
  ['AWS SDK for Java 1', /\baws-sdk-java\/1\.(\d+)\./i, 2015, [10, 11]],
  ['Boto3 1', /\bBoto3\/1\.(\d+)\./i, 2015, [2, 4, 5, 9, 10, 16, 20, 26, 34, 35, 42]],
  ['Botocore 1', /\bbotocore[/#]1\.(\d+)\./i, 2015, [3, 4, 8, 12, 13, 19, 23, 29, 34, 35, 42]],
  ['AWS CLI 1', /\baws-cli\/1\.(\d+)\./i, 2013, [2, 6, 9, 11, 14, 16, 16, 18, 22, 27, 32, 36, 44]],
  ['AWS CLI 2', /\baws-cli\/2\.(\d+)\./i, 2020, [1, 4, 9, 15, 22, 32]],
  ['AWS SDK for Go 1', /\baws-sdk-go\/1\.(\d+)\./i, 2015, [0, 6, 12, 16, 26, 36, 42, 44, 49, 55]],
];

/** Years after which few servers still run an old SDK. */
const OUTDATED_YEARS = 5;

interface SignedCall {
  readonly second: number;
  /** a long-lived key, used from an IP address and not by a service, or the credentials of an instance or a function */
  readonly signedBy?: 'key' | 'workload' | undefined;
}

/** How a user agent contradicts itself or the call, in our own words, without versions. */
export function contradictionsOf(userAgent: string, { second, signedBy }: SignedCall): string | undefined {
  const agent = sentAgent(userAgent);
  const found = present([
    ...[twoVersions(agent), twoSdks(agent), onOldPython(agent), outdated(agent, second)],
    signedBy === 'key' && keyless(agent),
    signedBy === 'workload' && workstation(agent),
  ]);
  return found.length === 0 ? undefined : found.join('; ');
}

/** Boto3 appends its Botocore to any given agent. */
function twoVersions(agent: string): string | undefined {
  const versions = new Set([...agent.matchAll(/\bbotocore[/#](\d{1,3}\.\d{1,4}\.\d{1,4})\b/gi)].map(([, one]) => one!));
  const [first, second] = versions;
  return second === undefined ? undefined : `two Botocore versions (${first} and ${second})`;
}

/** The SDKs of one language have had several names. */
const FAMILIES: Readonly<Record<string, string>> = { nodejs: 'js', net: 'dotnet' };

function twoSdks(agent: string): string | undefined {
  const sdks = [...agent.matchAll(/\baws-sdk-(go|java|js|nodejs|net|dotnet|rust|ruby|php|cpp|kotlin|swift)/gi)];
  const languages = sdks.map(([, language]) => language!.toLowerCase());
  const families = new Set(languages.map((language) => FAMILIES[language] ?? language));
  if (/\bboto(?:3\/|core[/#])/i.test(agent)) families.add('python');
  return families.size < 2 ? undefined : `SDKs of ${families.size} languages (${[...families].join(', ')})`;
}

/** Since July 2021 it needs Python 3; source: the AWS Developer Tools blog, end of support for Python 2.7. */
function onOldPython(agent: string): string | undefined {
  const minor = Number(/\bbotocore[/#]1\.(\d{1,4})\./i.exec(agent)?.[1] ?? Number.NaN);
  return minor >= 21 && /\bpython[/#]2\./i.test(agent) ? `Botocore 1.${minor} on Python 2` : undefined;
}

/** Versions that Amazon Linux 2, Ubuntu 20.04 and Debian 11 install: plausible on servers for years. */
const SHIPPED = /\baws-cli\/1\.(?:18\.(?:69|147)|19\.1)\b|\bbotocore[/#]1\.(?:16\.19|18\.6|20\.0)\b/i;

function outdated(agent: string, second: number): string | undefined {
  if (SHIPPED.test(agent)) return undefined;
  const year = Number(formatInstant(second).slice(0, 4));
  for (const [name, pattern, from, newest] of RELEASES) {
    const minor = Number(pattern.exec(agent)?.[1] ?? Number.NaN);
    const superseded = from + newest.findIndex((one) => one > minor);
    if (superseded < from || year - superseded < OUTDATED_YEARS) continue;
    return `${name}.${minor}, superseded in ${superseded}`;
  }
  return undefined;
}

/** Instances and functions run server systems, except for EC2's few Mac instances. */
function workstation(agent: string): string | undefined {
  const [, mac, windows] =
    /(\bos\/(?:macos|darwin)\b|\bDarwin\/)|(\bos\/windows#1[01]\b|\bWindows\/1[01]\b)/i.exec(agent) ?? [];
  const system = mac !== undefined ? 'macOS' : windows !== undefined ? 'Windows of a workstation' : undefined;
  return system && `${system}, with the credentials of an instance or a function`;
}

/** The console's own agents; other programs may call themselves a console. */
const OWN_CONSOLE = /^AWS Internal$|\baws-internal\/|\b(?:console|signin)\.\S*\.com|\bEC2ConsoleFrontend\b/;

/** Browsers and consoles sign with the keys of a session. */
function keyless(agent: string): string | undefined {
  const tool = KNOWN.find(({ pattern }) => pattern.test(agent));
  if (tool === undefined || !['browser', 'console', 'service'].includes(tool.kind)) return undefined;
  if (tool.kind === 'console' && !OWN_CONSOLE.test(agent)) return undefined;
  return `${tool.name}, signed with a long-lived key`;
}
