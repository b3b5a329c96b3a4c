import { z } from 'zod';
import { OUTCOMES } from '../lambda/alert/evidence/model';
import { FINDING_IDS, SCHEMA_VERSION } from '../lambda/alert/model';
import { ALERT_VERDICTS } from '../lambda/detection/rule';
import { TRAITS } from '../lambda/state/earlier-alerts';

/**
 * The JSON of `lambda/alert/render/ecs.ts`: fields of the Elastic Common Schema, named as Elastic's CloudTrail integration names
 * them, and our own under `regionsweep`. Times are ISO 8601 UTC with `Z` and without fraction.
 */

const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

const count = z.int().nonnegative();

const texts = z.array(z.string());

const counted = z.array(z.object({ value: z.string(), calls: count }));

/** Fields of one schema. */
function each<Schema, Name extends string>(schema: Schema, ...names: readonly Name[]): Record<Name, Schema> {
  return Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>;
}

const extent = z.object(each(count, 'calls', 'regions'));

const region = z.object({
  name: z.string(),
  ...each(instant, 'first', 'last'),
  calls: count.describe('calls whose records were read'),
  denied: count.describe('calls with any errorCode'),
  refused: count.describe('calls denied for lack of a permission'),
});

const neighbour = z.object({
  actor: z.string(),
  shares: z.string().describe('the address or issuer in common'),
  ...each(count, 'calls', 'regions'),
});

const recurrence = z.object({
  identity: z.string().describe('the actor, or the role of its sessions'),
  memory: z.enum(['state', 'replay']).describe('what remembers: the state of the detector, or what a replay read'),
  since: instant.optional().describe('back to when nothing was forgotten; absent if unknown'),
  days: count.describe('whole days that earlier_alerts counts; 0: all that is remembered'),
  earlier_alerts: count,
  last_alert: instant.optional(),
  same: z.array(z.enum([...TRAITS, 'hour'])).describe('what all of it was there before'),
  added: z.object(each(count.optional(), ...TRAITS)).describe('how many values were never there before'),
  is_usual: z.boolean(),
});

const step = z.object({ text: z.string(), ...each(z.string().optional(), 'known', 'command', 'link') });

const identity = z.object({
  kind: z.enum(['user', 'role', 'root', 'other']),
  ...each(counted, 'principal_ids', 'issuers', 'sessions_created', 'mfa', 'source_identities', 'invoked_by'),
  ...each(counted, 'recipient_accounts'),
  role_deliveries: counted.describe('ec2RoleDelivery: the metadata service of an instance issued the credentials'),
  issued_to: counted.describe('what AWS issued the credentials to, such as a function'),
  ...each(count, 'session_count', 'sessions_in_one_region'),
});

const call = z.object({
  ...each(z.string(), 'event_id', 'region'),
  time: instant,
  outcome: z.enum(['success', 'failure']),
  error_code: z.string().optional(),
  parameters: z.string(),
});

const otherCall = z.object({
  kind: z.enum(['sensitive', 'discovery', 'sign-in', 'other']),
  ...each(z.string(), 'service', 'name'),
  ...each(count, 'calls', 'failed', 'regions'),
  ...each(instant, 'first', 'last'),
});

const signIn = z.object({
  name: z.string(),
  time: instant,
  ...each(z.string(), 'region', 'by'),
  address: z.string().optional(),
  failed: z.boolean(),
  detail: z.string().optional().describe('the access key it issued, or whether MFA was used'),
  role: z.string().optional().describe('the role it requested'),
  same_caller: z.boolean().describe('whether it came with a key and from a place of the calls'),
  claimed_tool: z.string().optional().describe('what its user agent claims to be'),
  began_session: z.boolean().describe('whether it issued the credentials of the calls'),
});

const distinctCounts = z.object({
  ...each(count, 'arns', 'principal_ids', 'issuers', 'sessions_created', 'mfa', 'source_identities', 'invoked_by'),
  ...each(count, 'recipient_accounts', 'access_keys', 'source_addresses', 'source_ips', 'user_agents', 'user_names'),
  ...each(count, 'tls_hosts', 'parameters', 'error_codes', 'sign_ins', 'neighbours', 'sibling_sessions'),
  other_calls: z.object(each(count, 'sensitive', 'discovery', 'sign-in', 'other')),
  notes: count,
});

const addressOwner = z.object({
  address: z.string(),
  asn: count.optional(),
  ...each(z.string().optional(), 'organization', 'country'),
  files: texts.describe("the user's, that say so"),
});

const search = z.object({
  files_telling: count.describe('files with the calls'),
  files_told: count.describe('those of them that were read to their end'),
  files_beside: count.describe('other files that were searched'),
  list_requests: count,
  regions_arrived: texts.optional().describe('absent if nothing was listed'),
  ...each(texts, 'regions_not_arrived', 'not_searched'),
});

const fact = z.object({
  id: z.string(),
  leans: z.enum(['suspicious', 'ordinary', 'neither']),
  ...each(z.string(), 'text', 'why', 'field'),
});

const guide = z.object({
  ...each(z.array(step), 'questions', 'if_bad'),
  if_expected: z.object({
    when: texts,
    note: z.string(),
    exception: z.string().optional().describe('an entry for the exceptions, as JSON'),
  }),
});

const accessKey = z.object({ id: z.string(), kind: z.enum(['long-lived', 'temporary', 'unknown']), calls: count });

const own = z.object({
  schema_version: z.literal(SCHEMA_VERSION),
  alert_id: z.string(),
  severity: z.literal('low'),
  origin: z.object(each(z.string(), 'name', 'id', 'version')),
  references: texts,
  window: z.object({ start: instant, end: instant.describe('exclusive') }),
  /** `slow`: the slow window found it */
  windowing: z.enum(['tumbling', 'sliding', 'slow']),
  group_by: z.enum(['arn', 'issuer']),
  verdict: z.enum(ALERT_VERDICTS).describe("what the alert is taken for; severity stays the rule's"),
  verdict_reasons: texts.describe('what decided it, the weightiest first'),
  signals: z.array(z.enum(FINDING_IDS)).describe('ids of the findings'),
  actor: z.string(),
  region_count: count,
  call_count: count.describe('distinct eventIDs'),
  call_count_is_lower_bound: z.boolean(),
  denied_count: count.describe('calls with any errorCode; see refused_count'),
  regions: z.array(region),
  recurrence: recurrence.optional().describe('how it compares with earlier alerts of its identity'),
  ...each(counted, 'user_agents', 'source_addresses', 'access_key_ids', 'error_codes'),
  address_owners: z.array(addressOwner).optional().describe('where such files are given'),
  ...each(texts, 'objects', 'notes'),
  partial: z.boolean().describe('reading was stopped early; calls may be missing'),
  identity: identity.describe('who called; lists are ordered by how many of the calls said so'),
  access_keys: z.array(accessKey),
  console_credential_count: count.describe('calls with the credentials of a console session'),
  console_uses: z.object(each(count, 'page', 'shell', 'program')).describe('what used the credentials of the console'),
  outcomes: z
    .object(each(extent, ...OUTCOMES))
    .describe(
      'what came of the calls, by errorCode and errorMessage; a dry run that would have been allowed is allowed',
    ),
  reopened_regions: texts.describe('regions where the call was denied, and later allowed'),
  outside_window: z
    .object(each(count, 'refused', 'allowed'))
    .describe('the same call by the same actor within five minutes of the window'),
  ...each(counted, 'vpc_endpoints', 'vpc_endpoint_accounts'),
  claimed_tools: counted.describe('what user agents claim to be'),
  user_agent_contradictions: counted.describe('where a user agent contradicts itself or its call'),
  unfiltered_count: count.describe('calls that asked for every instance'),
  dry_run_count: count,
  dry_run_allowed_count: count.describe('dry runs that would have been allowed; they have an errorCode'),
  refused_count: count.describe('calls denied for lack of a permission'),
  ...each(counted, 'parameters', 'tls_hosts'),
  calls: z.array(call).describe('the first of the calls'),
  other_calls: z.array(otherCall).describe('what else the actor called within five minutes, in the files searched'),
  sign_ins: z.array(signIn),
  distinct_counts: distinctCounts.describe(
    'how many different values each list has before it is truncated; 10,000 may be more',
  ),
  neighbours: z.array(neighbour).describe('other identities from the same address'),
  sibling_sessions: z.array(neighbour).describe('other sessions of the same issuer with the same call'),
  search,
  facts: z.array(fact).describe('findings of the triage'),
  guide,
  detector: z.string().optional().describe('if published on a topic'),
  kind: z.enum(['alert', 'follow-up']).optional().describe('if published on a topic'),
  replay_id: z.string().optional(),
  from_history: z.boolean().optional().describe('older than the state store remembers'),
  regions_before: count.optional().describe('of a follow-up: regions when the alert was published'),
  regions_added: z
    .array(region)
    .optional()
    .describe('of a follow-up: regions added since the alert was published, if still known'),
  joined_with: texts.optional().describe('of a follow-up: alerts that are the same burst'),
});

const threat = z.object(each(texts, 'id', 'name', 'reference'));

const userIdentity = z.object({
  arn: z.union([z.string(), texts]).optional().describe('an array when grouped by issuer'),
  ...each(texts, 'type', 'access_key_id', 'invoked_by'),
  session_context: z.object({
    ...each(texts, 'creation_date', 'mfa_authenticated'),
    session_issuer: z.object(each(texts, 'arn', 'principal_id', 'type', 'account_id', 'user_name')),
  }),
});

export const ecsAlertSchema = z.object({
  '@timestamp': instant.describe('time of the call that reached the threshold'),
  ecs: z.object({ version: z.string() }),
  message: z.string(),
  tags: texts,
  event: z.object({
    kind: z.literal('alert'),
    category: z.array(z.literal('api')),
    type: z.array(z.literal('access')),
    module: z.literal('regionsweep'),
    dataset: z.literal('regionsweep.alert'),
    url: z.string().optional().describe('the history of the access key in the CloudTrail console'),
    id: z.string(),
    severity: z.literal(21),
    risk_score: z.literal(21),
    provider: z.literal('ec2.amazonaws.com'),
    action: z.literal('DescribeInstances'),
    outcome: z
      .enum(['success', 'failure', 'unknown'])
      .describe('failure: every call had an errorCode; unknown: only some had, or no record could be read'),
    start: instant.describe('first call'),
    end: instant.describe('last call'),
  }),
  rule: z.object(each(z.string(), 'id', 'name', 'version', 'description', 'reference')),
  threat: z.object({ framework: z.string(), tactic: threat, technique: threat }),
  cloud: z.object({
    provider: z.literal('aws'),
    account: z.object({ id: z.string(), name: z.string().optional() }).optional(),
    region: texts,
  }),
  aws: z.object({ cloudtrail: z.object({ user_identity: userIdentity, error_code: texts }) }),
  user: z.object(each(texts, 'id', 'name')),
  source: z.object({
    ...each(texts, 'address', 'ip'),
    as: z.object({ number: z.array(count), organization: z.object({ name: texts }) }).optional(),
    geo: z.object({ country_iso_code: texts }).optional(),
  }),
  related: z.object(each(texts, 'ip', 'user')),
  tls: z.object({ ...each(texts, 'version', 'version_protocol', 'cipher'), client: z.object({ server_name: texts }) }),
  user_agent: z.object({ original: texts }),
  regionsweep: own,
});

export type EcsAlert = z.infer<typeof ecsAlertSchema>;

/** The JSON Schema of an alert, as `docs/alert.schema.json` has it. */
export function alertSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(ecsAlertSchema, { io: 'output' });
  const page = {
    $schema,
    title: `regionsweep alert, version ${SCHEMA_VERSION}`,
    description: 'Made from scripts/alert-schema.ts by npm run docs. docs/alert.md says what may change.',
    ...schema,
  };
  return `${JSON.stringify(page, null, 2)}\n`;
}
