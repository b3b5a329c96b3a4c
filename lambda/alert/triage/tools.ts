/** What user agents claim to be. The first that matches names it: tools announce the library below them too. */
interface Tool {
  readonly name: string;
  readonly form: RegExp;
  readonly kind: 'attack' | 'audit' | 'infrastructure' | 'browser' | 'console' | 'library';
}

const TOOLS: readonly Tool[] = [
  { name: 'Pacu', form: /\bpacu\b/i, kind: 'attack' },
  { name: 'CloudFox', form: /cloudfox/i, kind: 'attack' },
  { name: 'Stratus Red Team', form: /stratus-red-team/i, kind: 'attack' },
  { name: 'TruffleHog', form: /trufflehog/i, kind: 'attack' },
  { name: 'Kali Linux', form: /\bkali\b|-kali\d/i, kind: 'attack' },
  { name: 'Parrot OS', form: /parrot/i, kind: 'attack' },
  { name: 'Scout Suite', form: /scout ?suite/i, kind: 'audit' },
  // The id its authors registered with AWS stands in its user agent, its name does not.
  { name: 'Prowler', form: /prowler|APN_1826889/i, kind: 'audit' },
  { name: 'Steampipe', form: /steampipe/i, kind: 'audit' },
  { name: 'CloudMapper', form: /cloudmapper/i, kind: 'audit' },
  { name: 'CloudQuery', form: /cloudquery/i, kind: 'audit' },
  { name: 'Cloud Custodian', form: /custodian/i, kind: 'audit' },
  { name: 'Cartography', form: /cartography/i, kind: 'audit' },
  { name: 'Terraform', form: /terraform/i, kind: 'infrastructure' },
  { name: 'OpenTofu', form: /opentofu/i, kind: 'infrastructure' },
  { name: 'Pulumi', form: /pulumi/i, kind: 'infrastructure' },
  { name: 'Ansible', form: /ansible/i, kind: 'infrastructure' },
  { name: 'CloudFormation', form: /cloudformation/i, kind: 'infrastructure' },
  {
    name: 'AWS itself',
    form: /^AWS Internal$|console\.amazonaws\.com|signin\.amazonaws\.com/i,
    kind: 'console',
  },
  { name: 'AWS Tools for PowerShell', form: /powershell/i, kind: 'library' },
  { name: 'AWS CLI', form: /aws-cli/i, kind: 'library' },
  { name: 'Boto3', form: /boto3/i, kind: 'library' },
  { name: 'Botocore', form: /botocore/i, kind: 'library' },
  { name: 'AWS SDK for Go', form: /aws-sdk-go/i, kind: 'library' },
  { name: 'AWS SDK for Java', form: /aws-sdk-java/i, kind: 'library' },
  { name: 'AWS SDK for JavaScript', form: /aws-sdk-(?:js|nodejs)/i, kind: 'library' },
  { name: 'AWS SDK for .NET', form: /aws-sdk-(?:net|dotnet)/i, kind: 'library' },
  { name: 'AWS SDK for Rust', form: /aws-sdk-rust/i, kind: 'library' },
  { name: 'AWS SDK for Ruby', form: /aws-sdk-ruby/i, kind: 'library' },
  { name: 'AWS SDK for PHP', form: /aws-sdk-php/i, kind: 'library' },
  { name: 'A browser', form: /^Mozilla\//, kind: 'browser' },
  { name: 'curl', form: /^curl\//i, kind: 'library' },
];

/** Beyond that a user agent says nothing more of what it is. */
const LONGEST_AGENT = 2000;

export function toolOf(userAgent: string): Tool | undefined {
  const start = userAgent.slice(0, LONGEST_AGENT);
  return TOOLS.find(({ form }) => form.test(start));
}

/** The tools that user agents claim, each once, in the order of the user agents. */
export function toolsOf(userAgents: readonly { readonly value: string }[]): Tool[] {
  return [...new Set(userAgents.flatMap(({ value }) => toolOf(value) ?? []))];
}
