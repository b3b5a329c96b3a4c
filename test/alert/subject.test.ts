import type { Notification } from '../../lambda/alert/model';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { alertOf } from '../support/alerts';
import { ACCOUNT, iamUser, roleSession, T0 } from '../support/records';

const STYLE = { detector: 'security', severityText: 'low', chatAsDefault: false, replayId: undefined };

const subjectOf = (notification: Notification, style = {}) =>
  renderTopicMessage(notification, { ...STYLE, ...style }).subject;

async function tellingsOf(name: string): Promise<Notification[]> {
  const fields = { userAgent: 'aws-cli/2.0 with pacu', errorCode: 'AccessDenied' };
  const alert = await alertOf({ identity: iamUser(name), fields });
  const held = { from: T0, until: T0 + 300 };
  return [
    { kind: 'alert', alert },
    { kind: 'follow-up', alert, regionsBefore: 9, added: [], joinedWith: [] },
    { kind: 'summary', actor: alert.actor, account: ACCOUNT, ...held, repeatCount: 12_345, repeats: [] },
  ];
}

describe('the subject', () => {
  it.each([
    ['a short name', 'ci', {}],
    ['a long name', 'a-name-of-sixty-four-characters-as-long-as-IAM-takes-them-0123456', {}],
    ['a name that is longer shown safely', '.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a', {}],
    ['a replay', 'ci-deploy-of-the-platform', { replayId: '20261124-040000-3f9a12' }],
    ['the longest id and severity', 'ci', { replayId: 'x'.repeat(64), severityText: 'y'.repeat(40) }],
  ])('has the account as a whole: %s', async (_, name, style) => {
    for (const notification of await tellingsOf(name)) {
      const subject = subjectOf(notification, style);
      expect(subject).toMatch(new RegExp(`, account ${ACCOUNT}$`));
      expect(subject.length).toBeLessThanOrEqual(99);
    }
  });

  it('keeps of the name and the facts what there is room for', async () => {
    const alert = await alertOf({ identity: roleSession('inventory', 'export-of-the-platform-team') });
    expect(subjectOf({ kind: 'alert', alert })).toBe(
      `regionsweep low: assumed-role/inventory/export-o... in 10 regions (AWS CLI), account ${ACCOUNT}`,
    );
  });

  it('is as whole as it can be where there is room', async () => {
    expect(subjectOf({ kind: 'alert', alert: await alertOf() })).toBe(
      `regionsweep low: user/mallory in 10 regions (long-lived key, AWS CLI), account ${ACCOUNT}`,
    );
  });

  it('counts one as one', () => {
    const interval = { from: T0, until: T0 + 300, limit: 100 };
    const notice: Notification = { kind: 'notice', ...interval, heldCount: 1, held: [] };
    expect(subjectOf(notice)).toBe('regionsweep low: 1 alert held back until 2026-11-24T04:05:00Z');
  });
});
