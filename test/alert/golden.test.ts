import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderChatCard } from '../../lambda/alert/chat-card';
import { renderEcs } from '../../lambda/alert/ecs';
import { renderEmail } from '../../lambda/alert/email';
import { renderHtml } from '../../lambda/alert/html/page';
import { inertJson } from '../../lambda/alert/inert';
import type { Telling, TellingStyle } from '../../lambda/alert/telling';
import { renderTerminal } from '../../lambda/alert/terminal';
import { renderTopicMessage } from '../../lambda/alert/topic-message';
import { readAlertScenarios, tellingOf } from '../support/alert-scenario';

/** What people read, kept as it was when somebody last read it. REGIONSWEEP_UPDATE_GOLDEN=1 writes it anew. */
const GOLDEN = join(__dirname, 'golden');
const isUpdating = process.env.REGIONSWEEP_UPDATE_GOLDEN === '1';
const STYLE: TellingStyle = {
  detector: 'security',
  severityText: 'low',
  chatAsDefault: false,
  replayId: undefined,
};

function renderings(telling: Telling): Record<string, string> {
  if (!('alert' in telling)) throw new Error('a scenario is an alert or a follow-up');
  const message = renderTopicMessage(telling, STYLE);
  return {
    'email.txt': `Subject: ${message.subject}\n\n${renderEmail(telling, STYLE)}`,
    'card.json': `${inertJson(renderChatCard(telling, STYLE), 2)}\n`,
    'alert.json': `${inertJson(renderEcs(telling.alert), 2)}\n`,
    'terminal.txt': renderTerminal(telling.alert),
    'page.html': [...renderHtml([telling], STYLE)].join(''),
  };
}

const scenarios = readAlertScenarios();

it('has the ten scenarios', () => expect(scenarios).toHaveLength(10));

describe.each(scenarios)('$name', (scenario) => {
  let told: Record<string, string>;
  beforeAll(async () => {
    told = renderings(await tellingOf(scenario));
  });

  it.each(['email.txt', 'card.json', 'alert.json', 'terminal.txt', 'page.html'])(
    '%s is as it was read',
    (name) => {
      const file = join(GOLDEN, scenario.file, name);
      if (isUpdating) {
        mkdirSync(join(GOLDEN, scenario.file), { recursive: true });
        writeFileSync(file, told[name]!);
      }
      expect(existsSync(file) && readFileSync(file, 'utf8')).toBe(told[name]);
    },
  );
});
