import { z } from 'zod';

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
