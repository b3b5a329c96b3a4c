/** Where AWS's partitions differ, for the function and the stack. */

/** Hosts of the console by partition, without the region. */
export const CONSOLES = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
} as const;

export function consoleHost(partition: string, region: string): string {
  return `${region}.${Object.hasOwn(CONSOLES, partition) ? CONSOLES[partition as keyof typeof CONSOLES] : CONSOLES.aws}`;
}

/** The region in which the console of a partition shows global services. */
export function homeRegion(partition: string): string {
  if (partition === 'aws-cn') return 'cn-north-1';
  if (partition === 'aws-eusc') return 'eusc-de-east-1';
  return partition === 'aws-us-gov' ? 'us-gov-west-1' : 'us-east-1';
}
