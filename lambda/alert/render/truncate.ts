import type { Notification } from '../model';

/**
 * Limits of lists, texts, names of objects, the actor's name and regions, from nearly everything to almost nothing. At the
 * last, nothing that anybody may write is long enough to matter: 40 names of regions are more than there are, and each of a
 * name's characters takes at most 28 bytes in the four copies of the JSON.
 */
export const LIMITS = [
  { entries: 50, characters: 2000, objects: 200, actor: 2048, regions: 100 },
  { entries: 20, characters: 300, objects: 50, actor: 1024, regions: 60 },
  { entries: 8, characters: 120, objects: 10, actor: 512, regions: 50 },
  { entries: 3, characters: 60, objects: 3, actor: 200, regions: 40 },
  { entries: 1, characters: 20, objects: 1, actor: 60, regions: 40 },
];

type Limits = (typeof LIMITS)[number];

/** The same notification with shorter lists and texts. The conclusions stay as they are. */
export function truncate(notification: Notification, limits: Limits): Notification {
  const cut = truncated(notification, limits, fieldLimits(limits)) as Notification;
  if (!('alert' in cut)) return cut;
  return { ...cut, alert: { ...cut.alert, evidence: { ...cut.alert.evidence, shortened: true } } };
}

type ValueLimits = Pick<Limits, 'entries' | 'characters'> & { readonly keepsLast?: boolean };

const WHOLE: ValueLimits = { entries: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY };

/** Limits of a field and its descendants, if they differ from the parent's. */
function fieldLimits({ characters, objects, actor, regions }: Limits): Readonly<Record<string, Partial<ValueLimits>>> {
  return {
    // Only untrusted pieces are cut: a cut command would do something else.
    assessment: WHOLE,
    recurrence: WHOLE,
    untrusted: { characters },
    alertId: WHOLE,
    joinedWith: { characters: WHOLE.characters },
    rule: WHOLE,
    actor: { characters: actor },
    objects: { entries: objects, characters: 2 * actor },
    timeline: { entries: WHOLE.entries },
    signIns: { keepsLast: true },
    ...{ regions: { entries: regions }, added: { entries: regions } },
    ...{ arrived: { entries: regions }, missing: { entries: regions } },
  };
}

function truncated(value: unknown, limits: ValueLimits, fields: ReturnType<typeof fieldLimits>): unknown {
  if (typeof value === 'string') return value.slice(0, limits.characters);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = limits.keepsLast === true ? value.slice(-limits.entries) : value.slice(0, limits.entries);
    return kept.map((one) => truncated(one, limits, fields));
  }
  const cut: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const own = fields[name];
    cut[name] = truncated(field, own === undefined ? limits : { ...limits, ...own }, fields);
  }
  return cut;
}
