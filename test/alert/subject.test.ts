import type { Notification } from '../../lambda/alert/model';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { alertOf, STYLE } from '../support/alerts';
import { ACCOUNT, iamUser, roleSession, T0 } from '../support/records';

const subjectOf = (notification: Notification, style = {}) =>
  renderTopicMessage(notification, { ...STYLE, ...style }).subject;

const interval = { from: T0, until: T0 + 300 };

describe('the subject', () => {
  it.each([
    ['a short name', 'ci', {}],
    ['a long name', 'a-name-of-sixty-four-characters-as-long-as-IAM-takes-them-0123456', {}],
    ['a name that is longer when defanged', '.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a', {}],
    ['a replay', 'ci-deploy-of-the-platform', { replayId: '20261124-040000-3f9a12' }],
    ['the longest id and severity', 'ci', { replayId: 'x'.repeat(64), severityText: 'y'.repeat(40) }],
  ])('ends with the whole account: %s', async (_, name, style) => {
    const fields = { userAgent: 'aws-cli/2.0 with pacu', errorCode: 'AccessDenied' };
    const alert = await alertOf({ identity: iamUser(name), fields });
    const { actor } = alert;
    for (const notification of [
      { kind: 'alert', alert },
      { kind: 'follow-up', alert, regionsBefore: 9, added: [], joinedWith: [] },
      { kind: 'summary', actor, account: ACCOUNT, ...interval, repeatCount: 12_345, repeats: [] },
    ] as const) {
      const subject = subjectOf(notification, style);
      expect(subject).toMatch(new RegExp(`, account ${ACCOUNT}$`));
      expect(subject.length).toBeLessThanOrEqual(99);
    }
  });

  it.each([
    ['all there is', iamUser('mallory'), 'user/mallory in 10 regions (long-lived key, AWS CLI)'],
    [
      'what there is room for',
      roleSession('inventory', 'export-of-the-platform-team'),
      'assumed-role/inventory/export-o... in 10 regions (AWS CLI)',
    ],
  ])('says of name and findings %s', async (_, identity, head) => {
    const alert = await alertOf({ identity });
    expect(subjectOf({ kind: 'alert', alert })).toBe(`regionsweep low: ${head}, account ${ACCOUNT}`);
  });

  it('counts one as one', () => {
    const notice: Notification = { kind: 'notice', ...interval, limit: 100, heldCount: 1, held: [] };
    expect(subjectOf(notice)).toBe('regionsweep low: 1 alert held back until 2026-11-24T04:05:00Z');
  });
});
