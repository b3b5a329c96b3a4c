import { z } from 'zod';
import { count, counted, evidenceFields, instant } from './ecs-evidence-schema';
import { SCHEMA_VERSION } from './schema-version';

export { SCHEMA_VERSION };

/**
 * The JSON form of an alert: fields of the Elastic Common Schema, named as Elastic's CloudTrail integration names
 * them, and our own under `regionsweep`. Times are ISO 8601 UTC with `Z` and without fraction.
 */

const region = z.object({
  name: z.string(),
  first: instant,
  last: instant,
  calls: count.describe('of which the records were read'),
  denied: count.describe('calls with an errorCode, whatever it says'),
  refused: count.describe('calls denied for want of a permission'),
});

export const ecsAlertSchema = z.object({
  '@timestamp': instant.describe('time of the call that reached the threshold'),
  message: z.string(),
  tags: z.array(z.string()),
  event: z.object({
    kind: z.literal('alert'),
    id: z.string(),
    severity: z.literal(21),
    risk_score: z.literal(21),
    provider: z.literal('ec2.amazonaws.com'),
    action: z.literal('DescribeInstances'),
    outcome: z
      .enum(['success', 'failure', 'unknown'])
      .describe('failure: each call had an errorCode; unknown: only some had, or no record could be read'),
    start: instant.describe('first call'),
    end: instant.describe('last call'),
  }),
  rule: z.object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    description: z.string(),
    reference: z.string(),
  }),
  threat: z.object({
    framework: z.string(),
    tactic: z.object({ id: z.array(z.string()), name: z.array(z.string()), reference: z.array(z.string()) }),
    technique: z.object({
      id: z.array(z.string()),
      name: z.array(z.string()),
      reference: z.array(z.string()),
    }),
  }),
  cloud: z.object({
    provider: z.literal('aws'),
    account: z.object({ id: z.string() }).optional(),
    region: z.array(z.string()),
  }),
  aws: z.object({
    cloudtrail: z.object({
      user_identity: z.object({
        arn: z
          .union([z.string(), z.array(z.string())])
          .optional()
          .describe('an array when grouped by issuer'),
        type: z.array(z.string()),
        access_key_id: z.array(z.string()),
      }),
      error_code: z.array(z.string()),
    }),
  }),
  user: z.object({ name: z.array(z.string()) }),
  source: z.object({ address: z.array(z.string()), ip: z.array(z.string()) }),
  user_agent: z.object({ original: z.array(z.string()) }),
  regionsweep: z.object({
    schema_version: z.literal(SCHEMA_VERSION),
    alert_id: z.string(),
    severity: z.literal('low'),
    origin: z.object({ name: z.string(), id: z.string(), version: z.string() }),
    references: z.array(z.string()),
    window: z.object({ start: instant, end: instant.describe('exclusive') }),
    windowing: z.enum(['tumbling', 'sliding']),
    group_by: z.enum(['arn', 'issuer']),
    actor: z.string(),
    region_count: count,
    call_count: count.describe('distinct eventIDs'),
    call_count_is_lower_bound: z.boolean(),
    denied_count: count.describe('calls with an errorCode, whatever it says: see refused_count'),
    regions: z.array(region),
    user_agents: counted,
    source_addresses: counted,
    access_key_ids: counted,
    error_codes: counted,
    objects: z.array(z.string()),
    notes: z.array(z.string()),
    partial: z.boolean().describe('reading was broken off; more may be to tell'),
    ...evidenceFields,
    detector: z.string().optional().describe('as published on a topic'),
    kind: z.enum(['alert', 'follow-up']).optional().describe('as published on a topic'),
    replay_id: z.string().optional(),
    regions_before: count.optional().describe('a follow-up: regions when the alert was told'),
    regions_added: z
      .array(region)
      .optional()
      .describe('a follow-up: regions the alert did not have when it was told, where that is still known'),
    joined_with: z.array(z.string()).optional().describe('a follow-up: alerts that are the same burst'),
  }),
});

export type EcsAlert = z.infer<typeof ecsAlertSchema>;
