import type { Call } from './calls';
import type { Identity } from './identities';
import { Random } from './random';

const BOTO3 =
  'Boto3/1.35.63 md/Botocore#1.35.63 ua/2.0 os/linux#6.8.0-48-generic md/arch#x86_64 lang/python#3.12.7 ' +
  'md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.63';

/** User agents by tool; `COMMAND` and `SERVICE` are those of the call. */
const USER_AGENTS = {
  'aws-cli': 'aws-cli/2.19.5 Python/3.12.6 Linux/6.8.0-48-generic exe/x86_64.ubuntu.24 prompt/off command/COMMAND',
  boto3: BOTO3,
  terraform:
    'APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.76.0 ' +
    '(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.4 ua/2.1 os/linux lang/go#1.23.3 ' +
    'api/SERVICE#1.187.1',
  scoutsuite: `${BOTO3} Scout Suite/5.14.0 (https://github.com/nccgroup/ScoutSuite)`,
  prowler: `${BOTO3} APN_1826889`,
  'sdk-go': 'aws-sdk-go/1.55.5 (go1.22.5; linux; amd64) exec-env/AWS_ECS_FARGATE',
  'sdk-java':
    'aws-internal/3 aws-sdk-java/1.12.777 Linux/5.10.226-192.936.amzn2int.x86_64 ' +
    'OpenJDK_64-Bit_Server_VM/25.432-b06 java/1.8.0_432 vendor/N/A cfg/retry-mode/standard',
  // The attacker's tool sets the first part, Boto3 adds the rest.
  pacu: `Boto3/1.7.48 Python/3.9.1 Windows/10 Botocore/1.10.48 ${BOTO3}`,
  kali: BOTO3.replace('6.8.0-48-generic', '6.8.11-kali2-amd64'),
  steampipe: 'aws-sdk-go-v2/1.32.4 os/linux lang/go#1.23.3 md/GOOS#linux exec-env/steampipe api/ec2#1.187.1',
  custodian: `${BOTO3} c7n/0.9.43`,
  cloudshell:
    'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.0-amzn md/arch#x86_64 lang/python#3.13.7 exec-env/CloudShell md/command#COMMAND',
  browser: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  console: 'AWS Internal',
  'aws-service': 'AWS Internal',
} as const;

export type Tool = keyof typeof USER_AGENTS;

export const TOOLS = Object.keys(USER_AGENTS) as Tool[];

/** Services whose name in the AWS CLI differs from their endpoint. */
const CLI_SERVICES: Readonly<Record<string, string>> = {
  elasticloadbalancing: 'elbv2',
  monitoring: 'cloudwatch',
  s3: 's3api',
};

export function userAgent(tool: Tool, identity: Identity, call: Call): string {
  if (tool === 'aws-service' && identity.service !== undefined) return identity.service;
  const service = CLI_SERVICES[call.service] ?? call.service;
  // DescribeDBInstances is describe-db-instances, not describe-d-b-instances.
  const command = call.name.replace(/[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$&-').toLowerCase();
  return USER_AGENTS[tool].replace('COMMAND', `${service}.${command}`).replace('SERVICE', service);
}

export interface Origin {
  readonly tool: Tool;
  readonly sourceAddress: string;
}

/** The origin of an identity's calls: always the same address, from the documentation ranges. */
export function originOf(tool: Tool, identity: Identity, seed: string | number): Origin {
  if (identity.service !== undefined) return { tool: 'aws-service', sourceAddress: identity.service };
  if (tool === 'console' || tool === 'aws-service') return { tool, sourceAddress: 'AWS Internal' };
  const random = Random.seeded(seed, 'address', identity.actor ?? identity.kind);
  const network = random.pick(['192.0.2', '198.51.100', '203.0.113']);
  return { tool, sourceAddress: `${network}.${random.integer(1, 254)}` };
}
