import type { Alert, Notification } from '../../lambda/alert/model';
import { renderChatCard } from '../../lambda/alert/render/chat-card';
import { renderEmail } from '../../lambda/alert/render/plain-text';
import { alertOf, changed } from '../support/alerts';
import { hostileAlert } from '../support/hostile-alert';
import { ACCOUNT, iamUser, T0 } from '../support/records';

const STYLE = { detector: 'security', severityText: 'low', chatAsDefault: false, replayId: undefined };

const cardOf = (alert: Alert) => renderChatCard({ kind: 'alert', alert }, STYLE);

describe('a card where there is no e-mail', () => {
  it('has the exception, the replay and what is still to come', async () => {
    const alert = await alertOf();
    const search = { ...alert.evidence.search, missing: ['eu-south-1', 'me-south-1'] };
    const objects = [
      `s3://company-trail/AWSLogs/${ACCOUNT}/CloudTrail/us-east-1/2026/11/24/${ACCOUNT}_CloudTrail_us-east-1_20261124T0400Z_a.json.gz`,
    ];
    const told = changed(alert, { objects, evidence: { ...alert.evidence, search } });
    const { description, nextSteps } = cardOf(told).content;
    expect(description).toContain(`\n\`\`\`\n${told.assessment.guide.falsePositive.exception}\n\`\`\``);
    expect(description).toContain('npm run -s regionsweep -- replay s3://company-trail/');
    expect(description).toMatch(/\n\*not arrived\* .*eu-south-1, me-south-1/);
    expect(nextSteps.join('\n')).not.toMatch(/e-mail has/);
    expect(nextSteps.at(-1)).toContain('--format html');
  });

  it('has them whole, however much else there is to say', () => {
    const alert = hostileAlert((place) =>
      place % 50 === 0 ? `arn:aws:iam::${ACCOUNT}:user/ci-${place}` : `${'word '.repeat(40)}${place}`,
    );
    const { description } = cardOf(alert).content;
    const { exception } = alert.assessment.guide.falsePositive;
    expect(description.length).toBeLessThanOrEqual(8000);
    expect(exception).toBeDefined();
    expect(description.endsWith(`\n\`\`\`\n${exception}\n\`\`\``)).toBe(true);
  });
});

describe('an underscore in a card', () => {
  it('stays within a word, so that a name can be copied', async () => {
    const { content, metadata } = cardOf(await alertOf({ identity: iamUser('ci_deploy__7') }));
    const arn = `arn:aws:iam::${ACCOUNT}:user/ci_deploy__7`;
    expect(content.title).toContain('user/ci_deploy__7 in');
    expect(content.description).toContain(`${arn} called`);
    expect(metadata.relatedResources).toEqual([arn]);
  });

  it('is another one at the edge of a word, where it would slant what follows', async () => {
    const { content, metadata } = cardOf(await alertOf({ identity: iamUser('_ci_') }));
    expect(content.description).toContain('user/\uff3fci\uff3f called');
    expect(metadata.relatedResources).toEqual([`arn:aws:iam::${ACCOUNT}:user/_ci_`]);
  });
});

describe('what to do about what was not told', () => {
  const interval = { from: T0, until: T0 + 300 };
  const notifications: Notification[] = [
    { kind: 'notice', ...interval, limit: 100, heldCount: 3, held: [] },
    { kind: 'summary', ...interval, actor: 'a', account: ACCOUNT, repeatCount: 2, repeats: [] },
  ];
  const command = 'npm run -s regionsweep -- alerts --stack YOUR-STACK --held --since 2026-11-24T04:00:00Z';

  it.each(notifications)('is a command that lists it, for a $kind', (notification) => {
    const replayed = { ...STYLE, replayId: 'r1' };
    expect(renderEmail(notification, STYLE)).toContain(`     ${command}\n`);
    expect(renderEmail(notification, replayed)).toContain(`     ${command} --replay r1\n`);
    expect(renderChatCard(notification, STYLE).content.nextSteps).toEqual([expect.stringMatching(/04:00:00Z$/)]);
    expect(renderChatCard(notification, replayed).content.nextSteps[0]).toContain(`${command} --replay r1`);
  });
});
