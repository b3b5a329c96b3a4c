import type { Alert, Notification } from '../../lambda/alert/model';
import { renderChatCard } from '../../lambda/alert/render/chat-card';
import { renderEmail } from '../../lambda/alert/render/plain-text';
import { alertOf, changed, STYLE } from '../support/alerts';
import { hostileAlert } from '../support/hostile-alert';
import { ACCOUNT, iamUser, roleSession, T0 } from '../support/records';

const cardOf = (alert: Alert) => renderChatCard({ kind: 'alert', alert }, STYLE);

describe('a card', () => {
  it('has the exception, the replay and what has not arrived', async () => {
    const alert = await alertOf();
    const search = { ...alert.evidence.search, missing: ['eu-south-1', 'me-south-1'] };
    const folder = `s3://company-trail/AWSLogs/${ACCOUNT}/CloudTrail/us-east-1/2026/11/24`;
    const objects = [`${folder}/${ACCOUNT}_CloudTrail_us-east-1_20261124T0400Z_a.json.gz`];
    const late = changed(alert, { objects, evidence: { ...alert.evidence, search } });
    const { description, nextSteps } = cardOf(late).content;
    expect(description).toContain(`\n\`\`\`\n${late.assessment.guide.falsePositive.exception}\n\`\`\``);
    expect(description).toContain('npm run -s regionsweep -- replay s3://company-trail/');
    expect(description).toMatch(/\n\*not arrived\* .*eu-south-1, me-south-1/);
    expect(nextSteps.join('\n')).not.toMatch(/e-mail/);
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

  it('says in eight lines what decides', async () => {
    const alert = await alertOf({ denied: true, identity: roleSession('ci', 'x') });
    const lines = cardOf(alert).content.description.split('\n').slice(0, 8);
    expect(lines[0]).toMatch(
      /called EC2 DescribeInstances in 10 regions .* at 2026-11-24T04:00:00Z from 198\.51\.100\.7\.$/,
    );
    expect(lines[1]).toMatch(/^Verdict: suspicious/);
    expect(lines[2]).toMatch(/^! All 10 calls were denied/);
    expect(lines.join('\n')).toMatch(/\n\*denied\* 10 .*\n\*access keys\* .*\n\*regions\* us-east-1 \(denied\), /);
  });

  it.each([
    ['keeps underscores within a word, so that a name can be copied', 'ci_deploy__7', 'ci_deploy__7'],
    ['replaces them at the edge of a word, where they would slant what follows', '_ci_', '\uff3fci\uff3f'],
  ])('%s', async (_, name, shown) => {
    const { content, metadata } = cardOf(await alertOf({ identity: iamUser(name) }));
    expect(content.title).toContain(`user/${shown} in`);
    expect(content.description).toContain(`arn:aws:iam::${ACCOUNT}:user/${shown} called`);
    expect(metadata.relatedResources).toEqual([`arn:aws:iam::${ACCOUNT}:user/${name}`]);
  });
});

const interval = { from: T0, until: T0 + 300 };
it.each<Notification>([
  { kind: 'notice', ...interval, limit: 100, count: 3, entries: [] },
  { kind: 'summary', ...interval, actor: 'a', account: ACCOUNT, count: 2, entries: [] },
])('the next step of a $kind is the command that lists the alerts', (notification) => {
  const command = 'npm run -s regionsweep -- alerts --stack YOUR-STACK --held --since 2026-11-24T04:00:00Z';
  for (const replayId of [undefined, 'r1']) {
    const style = { ...STYLE, replayId };
    const line = `${command}${replayId === undefined ? '' : ' --replay r1'}`;
    expect(renderEmail(notification, style)).toContain(`     ${line}\n`);
    expect(renderChatCard(notification, style).content.nextSteps).toEqual([expect.stringContaining(line)]);
  }
});
