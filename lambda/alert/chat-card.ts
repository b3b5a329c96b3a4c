import { hashHex } from '../hash';
import { RULE } from '../rule/rule';
import { formatInstant } from '../time';
import { type Alert, sentenceOf } from './alert';
import { factsOf } from './facts';
import { headlineOf } from './headline';
import { defanged } from './inert';
import type { JournalEntry } from './journal';
import type { Telling, TellingStyle } from './telling';

/**
 * A custom notification of Amazon Q Developer in chat applications; source: its administrator guide, "Custom
 * notifications". Texts longer than a field takes are cut.
 */
export interface ChatCard {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly id: string;
  readonly content: {
    readonly textType: 'client-markdown';
    /** 250 characters at most */
    readonly title: string;
    /** 8,000 characters at most */
    readonly description: string;
    /** 350 characters at most each */
    readonly nextSteps: readonly string[];
    /** 75 characters at most each */
    readonly keywords: readonly string[];
  };
  readonly metadata: {
    /** one thread an actor, so that repeats stand together */
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources: readonly string[];
    readonly additionalContext: Readonly<Record<string, string>>;
  };
}

export function renderChatCard(telling: Telling, style: TellingStyle): ChatCard {
  const title = cardText(headlineOf(telling, style), 250);
  return {
    version: '1.0',
    source: 'custom',
    id: idOf(telling),
    content: {
      textType: 'client-markdown',
      title,
      description: descriptionOf(telling).slice(0, 8000),
      nextSteps: nextStepsOf(telling).map((step) => step.slice(0, 350)),
      keywords: ['regionsweep', RULE.threat.technique.id, telling.kind],
    },
    metadata: {
      threadId: threadOf(telling, style),
      summary: title,
      eventType: telling.kind,
      relatedResources: actorOf(telling).map((actor) => cardText(actor, 200)),
      additionalContext: { rule: RULE.id, riskScore: String(RULE.riskScore) },
    },
  };
}

function idOf(telling: Telling): string {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return `${telling.kind}-${telling.alert.alertId}`;
    case 'notice':
      return `notice-${telling.from}`;
    case 'summary':
      return `summary-${hashHex(8, telling.actor)}-${telling.from}`;
  }
}

function threadOf(telling: Telling, { detector, replayId }: TellingStyle): string {
  return hashHex(16, detector, replayId ?? '', actorOf(telling)[0] ?? 'notices');
}

/** Whom it is about; nobody in particular for a notice. */
function actorOf(telling: Telling): string[] {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return [telling.alert.actor];
    case 'notice':
      return [];
    case 'summary':
      return [telling.actor];
  }
}

function descriptionOf(telling: Telling): string {
  switch (telling.kind) {
    case 'alert':
      return alertText(telling.alert);
    case 'follow-up':
      return `Told with ${telling.regionsBefore} regions, ended with ${telling.alert.regions.length}.\n${alertText(telling.alert)}`;
    case 'notice':
      return entryText(telling.held);
    case 'summary':
      return entryText(telling.repeats);
  }
}

function entryText(entries: readonly JournalEntry[]): string {
  return entries
    .map(({ actor, regions, start }) => `${formatInstant(start)} ${regions} regions ${cardText(actor, 150)}`)
    .join('\n');
}

function alertText(alert: Alert): string {
  const facts = factsOf(alert).map(
    ({ label, values }) => `*${label}*: ${values.map((value) => cardText(value, 300)).join(', ')}`,
  );
  const regions = alert.regions.map(({ name, denied, calls }) =>
    cardText(denied === calls && calls > 0 ? `${name} (denied)` : name, 40),
  );
  return [cardText(sentenceOf(alert), 600), ...facts, `*where*: ${regions.join(', ')}`].join('\n');
}

function nextStepsOf(telling: Telling): string[] {
  if (telling.kind === 'notice' || telling.kind === 'summary') {
    return ['List what was not told: regionsweep alerts --stack NAME --held'];
  }
  const from = formatInstant(telling.alert.start - 300);
  const until = formatInstant(telling.alert.end + 300);
  return [
    'Ask the owner of this identity whether they looked at all regions just then; a console page does so by itself.',
    `See what else it did from ${from} to ${until}: CloudTrail event history by user name or access key.`,
    'If nobody owns it: disable the key or revoke the role session, then look for what was found.',
  ];
}

/** As `defanged`, without the underscores that would make it slanted. */
function cardText(text: string, longest: number): string {
  return defanged(text, longest).replace(/_/g, '\uff3f');
}
