import fc from 'fast-check';
import { verbatim } from '../../lambda/alert/text';
import type { TrailRecord } from '../../lambda/detection/classify';
import { alertIn, changed } from '../support/alerts';
import { holds } from '../support/properties';
import { iamUser, inContext, REGIONS, record, roleSession, T0 } from '../support/records';

const attributes = { creationDate: '2026-11-24T03:58:00Z', mfaAuthenticated: 'true' };
const ARN = 'arn:aws:sts::111122223333:assumed-role/web/s';
const identity = (more: TrailRecord, context: TrailRecord = {}) => ({
  ...inContext(roleSession('web', 's'), context),
  ...{ arn: ARN, ...more },
});

/** What tells calls apart: each may hold of any number of them. */
const calls = fc.array(
  fc.record({
    identity: fc.constantFrom(
      identity({ ...iamUser('x'), arn: ARN }),
      identity({}, { attributes }),
      identity({ invokedBy: 'config.amazonaws.com' }),
      identity({}, { ec2RoleDelivery: '2.0' }),
      identity({ inScopeOf: { credentialsIssuedTo: 'arn:aws:lambda:us-east-1:111122223333:function:f' } }),
    ),
    fields: fc.constantFrom<TrailRecord>(
      {},
      { sessionCredentialFromConsole: 'true', userAgent: 'AWS Internal' },
      { sessionCredentialFromConsole: 'true', userAgent: 'aws-cli/2.31.0 exec-env/CloudShell' },
      { userAgent: 'Boto3/1.7.48 Botocore/1.10.48 Botocore/1.43.11' },
      { vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa', vpcEndpointAccountId: '999988887777' },
      { errorCode: 'Client.UnauthorizedOperation' },
      { errorCode: 'AuthFailure' },
      { errorCode: 'Throttling' },
      { requestParameters: { dryRun: true } },
      { sourceIPAddress: '192.0.2.1' },
    ),
  }),
  { minLength: 10, maxLength: 20 },
);

/** What `All` of a finding's sentence must hold of every call of, in the records themselves. */
const HOLDS: readonly (readonly [RegExp, (record: TrailRecord) => boolean])[] = [
  [/denied/, ({ errorCode }) => errorCode === 'Client.UnauthorizedOperation'],
  [/root user/, () => false],
  [/browser or AWS Internal/, ({ userAgent }) => userAgent === 'AWS Internal'],
  [/CloudShell, as/, ({ userAgent }) => String(userAgent).includes('CloudShell')],
  [/long-lived/, ({ userIdentity }) => JSON.stringify(userIdentity).includes('AKIA')],
  [/with MFA/, ({ userIdentity }) => JSON.stringify(userIdentity).includes('mfaAuthenticated')],
  [/came through config/, ({ userIdentity }) => JSON.stringify(userIdentity).includes('invokedBy')],
  [/VPC endpoint/, ({ vpcEndpointId }) => vpcEndpointId !== undefined],
  [/contradicts/, ({ userAgent }) => String(userAgent).includes('1.10.48')],
  [/dry run/, ({ requestParameters }) => JSON.stringify(requestParameters).includes('dryRun')],
  [/not enabled/, ({ errorCode }) => errorCode === 'AuthFailure'],
  [/another reason/, ({ errorCode }) => errorCode === 'Throttling'],
];

const textsOf = ({ assessment }: Awaited<ReturnType<typeof alertIn>>) =>
  assessment.findings.map(({ text }) => verbatim(text));

it('no finding claims more than the counts in the alert bear', async () => {
  let whole = 0;
  await holds(
    150,
    fc.asyncProperty(calls, async (specs) => {
      const records = specs.map((spec, index) =>
        record({ ...spec, at: T0 + index, region: REGIONS[index]!, id: `e${index}` }),
      );
      const alert = await alertIn([records]);
      const { length } = records;
      for (const text of textsOf(alert)) {
        for (const [, part, all] of text.matchAll(/(\d+) of (?:the )?(\d+) calls?/g)) {
          expect(Number(part)).toBeLessThan(Number(all) + 1);
          expect(Number(all)).toBe(length);
        }
        const [, all] = /^All (\d+) calls/.exec(text) ?? [];
        if (all === undefined) continue;
        whole += 1;
        expect(Number(all)).toBe(length);
        for (const [words, isTrue] of HOLDS) if (words.test(text)) expect(records.every(isTrue)).toBe(true);
      }
      // With a gap nothing is said of all, every or none of them, but of those that could be read.
      const evidence = { ...alert.evidence, gaps: ['an object could not be read'] };
      for (const text of textsOf(changed(alert, { evidence })))
        expect(text).not.toMatch(/\b(?:[Aa]ll \d+|every|none)\b/);
    }),
  );
  expect(whole).toBeGreaterThan(100);
});
