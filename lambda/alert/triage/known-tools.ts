/** What user agents claim to be. The caller chooses its user agent, so a match is a claim and no proof. */
export interface Tool {
  readonly name: string;
  readonly pattern: RegExp;
  readonly kind: 'attack' | 'audit' | 'infrastructure' | 'browser' | 'console' | 'library';
}

/** The first that matches names it: tools announce the library below them too. */
const KNOWN_TOOLS: readonly Tool[] = [
  { name: 'Pacu', pattern: /\bpacu\b/i, kind: 'attack' },
  { name: 'CloudFox', pattern: /cloudfox/i, kind: 'attack' },
  { name: 'Stratus Red Team', pattern: /stratus-red-team/i, kind: 'attack' },
  { name: 'TruffleHog', pattern: /trufflehog/i, kind: 'attack' },
  { name: 'Kali Linux', pattern: /\bkali\b|-kali\d/i, kind: 'attack' },
  { name: 'Parrot OS', pattern: /parrot/i, kind: 'attack' },
  { name: 'Scout Suite', pattern: /scout ?suite/i, kind: 'audit' },
  // Its user agent has the id that its authors registered with AWS, not its name.
  { name: 'Prowler', pattern: /prowler|APN_1826889/i, kind: 'audit' },
  { name: 'Steampipe', pattern: /steampipe/i, kind: 'audit' },
  { name: 'CloudMapper', pattern: /cloudmapper/i, kind: 'audit' },
  { name: 'CloudQuery', pattern: /cloudquery/i, kind: 'audit' },
  { name: 'Cloud Custodian', pattern: /custodian/i, kind: 'audit' },
  { name: 'Cartography', pattern: /cartography/i, kind: 'audit' },
  { name: 'Terraform', pattern: /terraform/i, kind: 'infrastructure' },
  { name: 'OpenTofu', pattern: /opentofu/i, kind: 'infrastructure' },
  { name: 'Pulumi', pattern: /pulumi/i, kind: 'infrastructure' },
  { name: 'Ansible', pattern: /ansible/i, kind: 'infrastructure' },
  { name: 'CloudFormation', pattern: /cloudformation/i, kind: 'infrastructure' },
  {
    name: 'AWS',
    pattern: /^AWS Internal$|console\.amazonaws\.com|signin\.amazonaws\.com/i,
    kind: 'console',
  },
  { name: 'AWS Tools for PowerShell', pattern: /powershell/i, kind: 'library' },
  { name: 'AWS CLI', pattern: /aws-cli/i, kind: 'library' },
  { name: 'Boto3', pattern: /boto3/i, kind: 'library' },
  { name: 'Botocore', pattern: /botocore/i, kind: 'library' },
  { name: 'AWS SDK for Go', pattern: /aws-sdk-go/i, kind: 'library' },
  { name: 'AWS SDK for Java', pattern: /aws-sdk-java/i, kind: 'library' },
  { name: 'AWS SDK for JavaScript', pattern: /aws-sdk-(?:js|nodejs)/i, kind: 'library' },
  { name: 'AWS SDK for .NET', pattern: /aws-sdk-(?:net|dotnet)/i, kind: 'library' },
  { name: 'AWS SDK for Rust', pattern: /aws-sdk-rust/i, kind: 'library' },
  { name: 'AWS SDK for Ruby', pattern: /aws-sdk-ruby/i, kind: 'library' },
  { name: 'AWS SDK for PHP', pattern: /aws-sdk-php/i, kind: 'library' },
  { name: 'a browser', pattern: /^Mozilla\//, kind: 'browser' },
  { name: 'curl', pattern: /^curl\//i, kind: 'library' },
];

/** Beyond this, a user agent says nothing more of what it is. */
const MAX_LENGTH = 2000;

/** The tools that user agents claim to be, each once, in the order of the user agents. */
export function claimedTools(userAgents: readonly { readonly value: string }[]): Tool[] {
  const tools = userAgents.flatMap(({ value }) => {
    const agent = value.slice(0, MAX_LENGTH);
    return KNOWN_TOOLS.find(({ pattern }) => pattern.test(agent)) ?? [];
  });
  return [...new Set(tools)];
}
