import type { Identity } from './identities';
import { Random } from './random';

/** What makes the calls, as far as its user agent tells. */
export type Tool =
  | 'aws-cli'
  | 'boto3'
  | 'terraform'
  | 'scoutsuite'
  | 'prowler'
  | 'sdk-go'
  | 'sdk-java'
  | 'console'
  | 'aws-service';

/** Where a call comes from, as its record says it. */
export interface Origin {
  readonly tool: Tool;
  readonly sourceAddress: string;
}

const TERRAFORM =
  'APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.76.0 ' +
  '(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.4 ua/2.1 os/linux lang/go#1.23.3';
const BOTO3 =
  'Boto3/1.35.63 md/Botocore#1.35.63 ua/2.0 os/linux#6.8.0-48-generic md/arch#x86_64 lang/python#3.12.7 ' +
  'md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.63';

const USER_AGENTS: Record<Exclude<Tool, 'aws-service'>, (command: string) => string> = {
  'aws-cli': (command) =>
    `aws-cli/2.19.5 Python/3.12.6 Linux/6.8.0-48-generic exe/x86_64.ubuntu.24 prompt/off command/${command}`,
  boto3: () => BOTO3,
  terraform: (command) => `${TERRAFORM} api/${command.split('.')[0]}#1.187.1`,
  scoutsuite: () => `${BOTO3} Scout Suite/5.14.0 (https://github.com/nccgroup/ScoutSuite)`,
  prowler: () => `${BOTO3} APN_1826889`,
  'sdk-go': () => 'aws-sdk-go/1.55.5 (go1.22.5; linux; amd64) exec-env/AWS_ECS_FARGATE',
  'sdk-java': () =>
    'aws-internal/3 aws-sdk-java/1.12.777 Linux/5.10.226-192.936.amzn2int.x86_64 ' +
    'OpenJDK_64-Bit_Server_VM/25.432-b06 java/1.8.0_432 vendor/N/A cfg/retry-mode/standard',
  console: () => 'AWS Internal',
};

/** Services that the command line calls by another name than their endpoint. */
const CLI_SERVICES: Readonly<Record<string, string>> = {
  elasticloadbalancing: 'elbv2',
  monitoring: 'cloudwatch',
  s3: 's3api',
};

/**
 * The `userAgent` of a call.
 * @param source the call's event source, as `ec2.amazonaws.com`
 * @param name the call's event name, as `DescribeInstances`
 */
export function userAgent(tool: Tool, identity: Identity, source: string, name: string): string {
  if (tool === 'aws-service') return identity.service ?? 'AWS Internal';
  const service = source.slice(0, source.indexOf('.'));
  // DescribeDBInstances is describe-db-instances, not describe-d-b-instances.
  const command = name.replace(/[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$&-').toLowerCase();
  return USER_AGENTS[tool](`${CLI_SERVICES[service] ?? service}.${command}`);
}

/** The `sourceIPAddress` of an identity's calls: always the same, from the ranges kept for documentation. */
export function originOf(tool: Tool, identity: Identity, seed: string | number): Origin {
  if (identity.service !== undefined) return { tool: 'aws-service', sourceAddress: identity.service };
  if (tool === 'console' || tool === 'aws-service') return { tool, sourceAddress: 'AWS Internal' };
  const random = Random.seeded(seed, 'address', identity.actor ?? identity.kind);
  const network = random.pick(['192.0.2', '198.51.100', '203.0.113']);
  return { tool, sourceAddress: `${network}.${random.integer(1, 254)}` };
}
