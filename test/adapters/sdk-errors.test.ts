import { explain, faultOf } from '../../lambda/adapters/aws/errors';

function said(name: string, message = 'so it is', more: object = {}): string {
  return explain('here', faultOf(Object.assign(new Error(message), { name }, more)), { Known: 'Do this' });
}

describe('an SDK error is told', () => {
  it.each([
    ['Known', 'Do this'],
    ['ThrottlingException', 'The service throttled it and so did the retries; less at a time, or try again'],
    ['SlowDown', 'The service throttled it and so did the retries; less at a time, or try again'],
    ['RequestThrottled', 'The service throttled it and so did the retries; less at a time, or try again'],
    ['TooManyRequestsException', 'The service throttled it and so did the retries; less at a time, or try again'],
    ['AccessDenied', 'Allow it in the policies of this identity and of the resource'],
    ['ExpiredTokenException', 'Check the AWS credentials and the clock: they are absent, expired or wrong'],
    ['SignatureDoesNotMatch', 'Check the AWS credentials and the clock: they are absent, expired or wrong'],
    ['TimeoutError', 'The service could not be reached; check network and endpoint, or try again'],
    ['KMSDisabledException', 'The KMS key is disabled; enable it'],
    ['KmsDisabled', 'The KMS key is disabled; enable it'],
    ['KMSNotFoundException', 'The KMS key is gone, or is in another region'],
    ['KmsInvalidState', 'The KMS key cannot be used, as when its deletion is pending; restore it'],
    ['KMS.KMSInvalidStateException', 'The KMS key cannot be used, as when its deletion is pending; restore it'],
    ['KMSThrottlingException', 'KMS throttled it and so did the retries; less at a time, or try again'],
    [
      'KMSAccessDeniedException',
      "Allow use of the key to this identity, in the key's own policy too when the key is another account's",
    ],
    ['constructor', 'See the cause'],
  ])('%s with what to do', (name, advice) => {
    expect(said(name)).toBe(`here: ${name}: so it is. ${advice}`);
  });

  it('by the action where KMS denied behind another name, even one that has advice of its own', () => {
    const message = 'not authorized to perform: kms:GenerateDataKey on the resource';
    expect(said('Known', message)).toContain('. Allow kms:GenerateDataKey to this identity');
  });

  it("by Node's code, and without a message", () => {
    const error = new AggregateError([], '');
    expect(explain('here', faultOf(Object.assign(error, { code: 'ECONNREFUSED' })), {})).toBe(
      'here: ECONNREFUSED. The service could not be reached; check network and endpoint, or try again',
    );
  });

  it('by its status', () => {
    expect(said('Odd', 'odd.', { $metadata: { httpStatusCode: 502 } })).toBe(
      'here: Odd: odd. The service failed; try again',
    );
  });

  it('shortened when it is long', () => {
    expect(said('Odd', 'x'.repeat(100_000)).length).toBeLessThan(600);
  });

  it.each([['text'], [undefined], [null], [{}], [42]])('whatever was thrown, as %j', (thrown) => {
    expect(explain('here', faultOf(thrown), {})).toMatch(/^here: Error.*\. See the cause$/);
  });
});
