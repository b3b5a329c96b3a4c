import { z } from 'zod';
import { SCHEMA_VERSION } from '../model';

/** The fields of an alert's JSON that tell what the evidence shows and what to do with it. */

export const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

export const count = z.int().nonnegative();

export const counted = z.array(z.object({ value: z.string(), calls: count }));

const neighbour = z.object({
  actor: z.string(),
  shares: z.string().describe('the address or issuer in common'),
  calls: count,
  regions: count,
});

const step = z.object({
  text: z.string(),
  known: z.string().optional(),
  command: z.string().optional(),
  link: z.string().optional(),
});

export const evidenceFields = {
  identity: z
    .object({
      kind: z.enum(['user', 'role', 'root', 'other']),
      principal_ids: counted,
      issuers: counted,
      sessions_created: counted,
      mfa: counted,
      source_identities: counted,
      invoked_by: counted,
      recipient_accounts: counted,
      session_count: count,
      sessions_in_one_region: count,
    })
    .describe('who called; lists are by how many of the calls said so'),
  access_keys: z.array(
    z.object({ id: z.string(), kind: z.enum(['long-lived', 'temporary', 'unknown']), calls: count }),
  ),
  console_credential_count: count.describe('calls with sessionCredentialFromConsole'),
  unfiltered_count: count.describe('calls that asked for every instance'),
  dry_run_count: count,
  dry_run_allowed_count: count.describe('dry runs that would have been allowed; they have an errorCode'),
  refused_count: count.describe('calls denied for want of a permission'),
  parameters: counted,
  tls_hosts: counted,
  calls: z
    .array(
      z.object({
        event_id: z.string(),
        region: z.string(),
        time: instant,
        outcome: z.enum(['success', 'failure']),
        error_code: z.string().optional(),
        parameters: z.string(),
      }),
    )
    .describe('the first of the calls'),
  other_calls: z
    .array(
      z.object({
        kind: z.enum(['sensitive', 'discovery', 'sign-in', 'other']),
        service: z.string(),
        name: z.string(),
        calls: count,
        failed: count,
        regions: count,
        first: instant,
        last: instant,
      }),
    )
    .describe('what else the actor called within five minutes, as far as it was seen'),
  sign_ins: z.array(
    z.object({
      name: z.string(),
      time: instant,
      region: z.string(),
      by: z.string(),
      address: z.string().optional(),
      failed: z.boolean(),
      detail: z.string().optional().describe('the key it issued, or whether it was with MFA'),
      role: z.string().optional().describe('the role it asked for'),
      began_session: z.boolean().describe('whether the credentials of the calls come from it'),
    }),
  ),
  distinct_counts: z
    .object({
      arns: count,
      principal_ids: count,
      issuers: count,
      sessions_created: count,
      mfa: count,
      source_identities: count,
      invoked_by: count,
      recipient_accounts: count,
      access_keys: count,
      source_addresses: count,
      source_ips: count,
      user_agents: count,
      user_names: count,
      tls_hosts: count,
      parameters: count,
      error_codes: count,
      sign_ins: count,
      neighbours: count,
      sibling_sessions: count,
      other_calls: z.object({ sensitive: count, discovery: count, 'sign-in': count, other: count }),
      notes: count,
    })
    .describe('how many different ones there are of what is listed; lists are cut, and 10,000 may be more'),
  neighbours: z.array(neighbour).describe('other identities from the same address'),
  sibling_sessions: z.array(neighbour).describe('other sessions of the same issuer with the same call'),
  search: z.object({
    files_telling: count.describe('files that tell of the calls'),
    files_told: count.describe('of these, read to their end'),
    files_beside: count.describe('opened beside those that tell of the calls'),
    list_requests: count,
    regions_arrived: z.array(z.string()).optional().describe('absent where nothing was listed'),
    regions_not_arrived: z.array(z.string()),
    not_searched: z.array(z.string()),
  }),
  facts: z
    .array(
      z.object({
        id: z.string(),
        leans: z.enum(['suspicious', 'ordinary', 'neither']),
        text: z.string(),
        why: z.string(),
        field: z.string(),
      }),
    )
    .describe('what the evidence shows at a glance'),
  guide: z.object({
    questions: z.array(step),
    if_bad: z.array(step),
    if_expected: z.object({
      when: z.array(z.string()),
      note: z.string(),
      exception: z.string().optional().describe('an entry for the exceptions, as JSON'),
    }),
  }),
};

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
