import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderHtml } from '../../lambda/alert/html/page';
import { inertJson } from '../../lambda/alert/inert';
import type { Telling, TellingStyle } from '../../lambda/alert/telling';
import { renderTerminal } from '../../lambda/alert/terminal';
import { renderTopicMessage } from '../../lambda/alert/topic-message';
import { readAlertScenarios, tellingOf } from '../support/alert-scenario';
import { ACCOUNT, T0 } from '../support/records';

/** What people read, kept as it was when somebody last read it. REGIONSWEEP_UPDATE_GOLDEN=1 writes it anew. */
const GOLDEN = join(__dirname, 'golden');
const isUpdating = process.env.REGIONSWEEP_UPDATE_GOLDEN === '1';
const STYLE: TellingStyle = {
  detector: 'security',
  severityText: 'low',
  chatAsDefault: false,
  replayId: undefined,
};

/** As a topic would hand it out, cut where it has to be; alerts also as a replay shows them. */
function renderings(telling: Telling): Record<string, string> {
  const { subject, body } = renderTopicMessage(telling, STYLE);
  const { email, https, sqs } = JSON.parse(body) as Record<'email' | 'https' | 'sqs', string>;
  const indented = (json: string) => `${inertJson(JSON.parse(json), 2)}\n`;
  return {
    'email.txt': `Subject: ${subject}\n\n${email}`,
    'card.json': indented(https),
    'alert.json': indented(sqs),
    ...('alert' in telling ? { 'terminal.txt': renderTerminal(telling.alert) } : {}),
    'page.html': [...renderHtml([telling], STYLE)].join(''),
  };
}

function expectAsItWasRead(folder: string, rendered: Record<string, string>): void {
  for (const [name, text] of Object.entries(rendered)) {
    const file = join(GOLDEN, folder, name);
    if (isUpdating) {
      mkdirSync(join(GOLDEN, folder), { recursive: true });
      writeFileSync(file, text);
    }
    expect(existsSync(file) && readFileSync(file, 'utf8')).toBe(text);
  }
}

it.each(readAlertScenarios())('$name: is as it was read', async (scenario) => {
  expectAsItWasRead(scenario.file, renderings(await tellingOf(scenario)));
});

const interval = { from: T0, until: T0 + 300 };
const entries = ['ci-deploy', 'john.doe'].map((name, index) => ({
  ...{ kind: 'held' as const, at: T0 + 60 + index, alertId: `${index}`.repeat(32), messageId: undefined },
  ...{ actor: `arn:aws:iam::${ACCOUNT}:user/${name}`, account: ACCOUNT },
  ...{ start: T0 + 30 * index, end: T0 + 30 * index + 30, regions: 17 - index },
}));
const others: Telling[] = [
  { kind: 'notice', ...interval, most: 100, heldCount: 12, held: entries },
  {
    ...{ kind: 'summary', ...interval, actor: entries[0]!.actor, account: ACCOUNT },
    ...{ repeatCount: 1, repeats: entries.slice(0, 1) },
  },
];

it.each(others)('a $kind is as it was read', (telling) => {
  expectAsItWasRead(telling.kind, renderings(telling));
});
