import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notification } from '../../lambda/alert/model';
import { renderHtml } from '../../lambda/alert/render/html';
import { renderTerminal } from '../../lambda/alert/render/plain-text';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { sanitizeJson } from '../../lambda/util/sanitize';
import { notificationOf, readAlertScenarios } from '../support/alert-scenario';
import { STYLE } from '../support/alerts';
import { ACCOUNT, T0 } from '../support/records';

/** What people read, as it was when somebody last read it. REGIONSWEEP_UPDATE_GOLDEN=1 rewrites it. */
const GOLDEN = join(__dirname, 'golden');

const isUpdating = process.env.REGIONSWEEP_UPDATE_GOLDEN === '1';

/** As a topic delivers it; alerts also as a replay shows them. */
function renderings(notification: Notification): Record<string, string> {
  const { subject, body } = renderTopicMessage(notification, STYLE);
  const { email, https, sqs } = JSON.parse(body) as Record<'email' | 'https' | 'sqs', string>;
  const indented = (json: string) => `${sanitizeJson(JSON.parse(json), 2)}\n`;
  return {
    'email.txt': `Subject: ${subject}\n\n${email}`,
    'card.json': indented(https),
    'alert.json': indented(sqs),
    ...('alert' in notification ? { 'terminal.txt': renderTerminal(notification.alert) } : {}),
    'page.html': [...renderHtml([notification], STYLE)].join(''),
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
  expectAsItWasRead(scenario.file, renderings(await notificationOf(scenario)));
});

const interval = { from: T0, until: T0 + 300 };

const entries = ['ci-deploy', 'john.doe'].map((name, index) => ({
  ...{ kind: 'held' as const, at: T0 + 60 + index, alertId: `${index}`.repeat(32), messageId: undefined },
  ...{ actor: `arn:aws:iam::${ACCOUNT}:user/${name}`, account: ACCOUNT },
  ...{ start: T0 + 30 * index, end: T0 + 30 * index + 30, regions: 17 - index },
}));

const others: Notification[] = [
  { kind: 'notice', ...interval, limit: 100, heldCount: 12, held: entries },
  {
    ...{ kind: 'summary', ...interval, actor: entries[0]!.actor, account: ACCOUNT },
    ...{ repeatCount: 1, repeats: entries.slice(0, 1) },
  },
];

it.each(others)('a $kind is as it was read', (notification) => {
  expectAsItWasRead(notification.kind, renderings(notification));
});
