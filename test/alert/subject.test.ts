import type { Notification } from '../../lambda/alert/model';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { alertOf, STYLE } from '../support/alerts';
import { ACCOUNT, iamUser, inContext, roleSession, T0 } from '../support/records';

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
      { kind: 'summary', actor, account: ACCOUNT, ...interval, count: 12_345, entries: [] },
    ] as const) {
      const subject = subjectOf(notification, style);
      expect(subject).toMatch(new RegExp(`, account ${ACCOUNT}$`));
      expect(subject.length).toBeLessThanOrEqual(99);
    }
  });

  const sso = inContext(roleSession('AWSReservedSSO_Administrator_0123456789abcdef', 'alice.liddell@example.com'), {});

  it.each([
    ['all there is', iamUser('mallory'), 'user/mallory in 10 regions 04:00Z from 198.51.100.7'],
    ['the person of a session', sso, 'alice[.]liddell(at)example[.]com in 10 regions 04:00Z'],
    [
      'the role of another',
      roleSession('inventory', 'export-of-the-platform-team'),
      'role/inventory in 10 regions 04:00Z from',
    ],
    ['a finding that fits', roleSession('ci', 'x'), 'role/ci (x) in 10 regions 04:00Z from 198.51.100.7 (AWS CLI)'],
  ])('says who, how far, when and from where: %s', async (_, identity, head) => {
    const alert = await alertOf({ identity });
    const subject = subjectOf({ kind: 'alert', alert });
    expect(subject).toContain(`regionsweep low: ${head}`);
    expect(subject).toMatch(new RegExp(`, account ${ACCOUNT}$`));
  });

  it('of a replay says how many regions, whole', async () => {
    const subject = subjectOf({ kind: 'alert', alert: await alertOf({}) }, { replayId: '20261124-040000-3f9a12' });
    expect(subject).toMatch(/^\[REPLAY \S+\] regionsweep low: user\/\S* in 10 regions\b/);
  });

  it('counts one as one', () => {
    const notice: Notification = { kind: 'notice', ...interval, limit: 100, count: 1, entries: [] };
    expect(subjectOf(notice)).toBe('regionsweep low: 1 alert held by the rate limit until 2026-11-24T04:05:00Z');
  });
});
