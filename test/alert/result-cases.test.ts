import { AT, BACKUP, CI, denied, first, JOB, other, role, testCases, twelve } from '../support/alert-cases';
import { iso, sweep, T0 } from '../support/records';

testCases({
  'all denied in the window, and allowed afterwards': {
    records: first(10, denied(), sweep({ regions: 16, at: T0 + 20, identity: CI })),
    finds: ['partly-denied: suspicious'],
    says: [
      '10 of 10 calls in the window were denied; 6 more within five minutes were allowed, the first 1 s after the last call.',
    ],
    never: ['All 10 calls were denied', 'all denied', 'partly denied', /learned nothing/],
  },
  'all denied, and nothing else succeeded': {
    records: [...twelve(CI, denied()), other('sts:GetCallerIdentity', -2, CI)],
    finds: ['all-denied: suspicious', 'who-am-i: suspicious'],
    says: ['All 12 calls were denied, and no other call of this identity within five minutes was seen to succeed.'],
  },
  'denied, then allowed in the same region': {
    records: [...twelve(CI, denied(), 10), other('ec2:DescribeInstances', 60, CI)],
    finds: ['denied-then-allowed: suspicious', 'partly-denied: suspicious'],
    says: ['In 1 region the call was first denied, then allowed: us-east-1.'],
  },
  'one call by a service is one of twelve': {
    records: first(
      1,
      {
        userIdentity: { ...role('dev', 'bob'), invokedBy: 'cloudformation.amazonaws.com' },
        sourceIPAddress: 'cloudformation.amazonaws.com',
      },
      twelve(role('dev', 'bob')),
    ),
    finds: ['invoked-by: context'],
    says: ['1 of 12 calls came through cloudformation.amazonaws.com.'],
    never: ['via an AWS service', 'All 12 calls came through'],
  },
  'AWS’s public parameters are not sensitive': {
    records: [
      ...twelve(JOB),
      other('ssm:GetParameter', -20, JOB, { requestParameters: { name: '/aws/service/ami-amazon-linux-latest/x' } }),
    ],
    finds: ['other-discovery: context'],
    never: [/sensitive calls/i, 'also GetParameter'],
  },
  'other parameters, secrets through one and user data are': {
    records: [
      ...twelve(JOB),
      other('ssm:GetParameters', 20, JOB, { requestParameters: { names: ['/aws/service/x', '/prod/db'] } }),
      other('ec2:DescribeInstanceAttribute', 21, JOB, { requestParameters: { attribute: 'userData' } }),
      other('servicequotas:RequestServiceQuotaIncrease', 22, JOB),
      other('account:EnableRegion', 23, JOB),
      other('ec2:StartInstances', 24, JOB),
    ],
    finds: ['sensitive-calls: suspicious'],
    says: [/Sensitive calls within five minutes: .* and 1 other/, 'Start with the sensitive calls listed above.'],
  },
  'parameters that CloudTrail omitted for their size are not said to be none': {
    records: twelve(JOB, { requestParameters: { omitted: true, originalSize: 102_401 } }),
    never: ['no filter'],
  },
  'nor are those that a table lacks': {
    records: twelve(JOB, { requestParameters: null }),
    never: ['no filter'],
  },
  'a denial without a code says so in its message': {
    records: first(6, { errorMessage: 'You are not authorized to perform this operation.' }, twelve(JOB)),
    finds: ['partly-denied: suspicious'],
    says: ['6 of 12 calls in the window were denied, in 6 regions; 6 were allowed, in 6 regions.'],
    never: ['failed for another reason than permissions'],
  },
  'a dry run is not allowed, it would have been': {
    records: first(
      6,
      denied(),
      twelve(JOB, { ...denied('', 'Client.DryRunOperation'), requestParameters: { dryRun: true } }),
    ),
    finds: ['dry-run: suspicious'],
    says: ['6 of 12 calls in the window were denied, in 6 regions; 6 would have been allowed, in 6 regions.'],
    never: ['6 were allowed'],
  },
  'what came before the sweep does not follow it': {
    records: [...twelve(JOB), other('secretsmanager:GetSecretValue', -40, JOB)],
    finds: ['sensitive-calls: suspicious'],
    says: ['GetSecretValue (1 call, 40 s before the first call).'],
    never: ['Start with the sensitive calls'],
  },
  'images pushed to a registry are no disks': {
    records: [...twelve(JOB), other('ecr:PutImage', -20, JOB), other('ecr:StartImageScan', -18, JOB)],
    never: [/sensitive/i, 'PutImage'],
  },
  'a backup’s snapshots are its account’s own': {
    records: [
      ...twelve(BACKUP),
      ...twelve(BACKUP, { eventName: 'CreateSnapshots' }).map((one, index) => ({
        ...one,
        eventTime: iso(AT + 60 + index),
        eventID: `s${index}`,
      })),
    ],
    finds: ['own-snapshots: context'],
    says: ['CreateSnapshots (12 calls, 12 regions, 49 s after the last call)'],
    never: [/sensitive calls within/i, 'also CreateSnapshots'],
  },
  'sharing a snapshot is sensitive': {
    records: [...twelve(BACKUP), other('ec2:ModifySnapshotAttribute', 60, BACKUP)],
    finds: ['sensitive-calls: suspicious'],
    says: ['also ModifySnapshotAttribute'],
  },
  'an organization that closes regions is no lack of a permission': {
    records: first(2, denied('with an explicit deny in a service control policy'), twelve(role('dev', 'bob'))),
    finds: ['partly-denied: context'],
    says: [
      '2 of 12 calls in the window were denied by a policy of the organization, in 2 regions; 10 were allowed, in 10 regions.',
    ],
    never: ['first denied, then allowed', 'changed policy'],
  },
  'regions that are not enabled deny nothing': {
    records: first(2, denied('not able to validate', 'Client.AuthFailure'), twelve(role('dev', 'bob'))),
    finds: ['region-not-enabled: context'],
    says: ['2 of 12 calls failed in 2 regions, as in regions not enabled for the account (Client.AuthFailure).'],
    never: [/calls in the window were denied|partly denied/],
  },
  'throttling is no denial': {
    records: first(3, denied('slow down', 'Client.RequestLimitExceeded'), twelve(role('dev', 'bob'))),
    finds: ['failed: context'],
    says: [
      '3 of 12 calls failed for another reason than permissions, 3 of them throttled (Client.RequestLimitExceeded).',
    ],
    never: [/calls in the window were denied|partly denied/],
  },
  'a role whose every call the organization denies is not all that suspicious': {
    records: twelve(JOB, denied('with an explicit deny in a service control policy')),
    finds: ['all-denied: context'],
    says: ['All 12 calls were denied by a policy of the organization', 'closes this to the account, whoever calls'],
    never: ['A legitimate job'],
  },
  'credentials that no region takes': {
    records: twelve(CI, denied('not able to validate', 'AuthFailure')),
    finds: ['region-not-enabled: context'],
    says: ['as with credentials that are not valid, or in regions not enabled for the account'],
    never: [/were denied/],
  },
  'sensitive calls that failed say so': {
    records: [
      ...twelve(JOB),
      other('ec2:RunInstances', 40, JOB, denied('limit', 'Client.VcpuLimitExceeded')),
      other('account:EnableRegion', 41, JOB),
    ],
    finds: ['sensitive-calls: suspicious'],
    says: [/RunInstances \(1 call, \d+ s after the last call, failed\)/],
    never: ['none of those listed succeeded'],
  },
  'attributes of images and permissions taken away share nothing': {
    records: [
      ...twelve(BACKUP),
      other('ec2:ModifyImageAttribute', 60, BACKUP, { requestParameters: { attributeType: 'description' } }),
      other('ec2:ModifySnapshotAttribute', 61, BACKUP, {
        requestParameters: { createVolumePermission: { remove: { items: [{ group: 'all' }] } } },
      }),
      ...['GetAuthorizationToken', 'BatchGetImage'].map((name) => other(`ecr:${name}`, 62, BACKUP)),
    ],
    finds: ['tool: context'],
    never: [/sensitive calls/i, 'also Modify', 'Other discovery'],
  },
  'permissions for others, and blocks of a disk, are sensitive': {
    records: [
      ...twelve(BACKUP),
      other('ec2:ModifyImageAttribute', 60, BACKUP, {
        requestParameters: { launchPermission: { add: { items: [{ userId: '999988887777' }] } } },
      }),
      other('ebs:GetSnapshotBlock', 61, BACKUP),
    ],
    finds: ['sensitive-calls: suspicious'],
    says: ['ModifyImageAttribute (1 call', 'GetSnapshotBlock (1 call'],
  },
  'of many other calls the one that succeeded counts': {
    records: [
      ...twelve(CI, denied()),
      ...Array.from({ length: 70 }, (_, index) =>
        other(`s${index}:DescribeThing${index}`, 20 + index, CI, index === 69 ? {} : denied('no', 'AccessDenied')),
      ),
    ],
    finds: ['partly-denied: suspicious'],
    says: ['12 of 12 calls in the window were denied; 1 call of other actions within five minutes succeeded.'],
    never: ['All 12 calls were denied'],
  },
  'denied and throttled, and none allowed': {
    records: first(9, denied(), twelve(CI, denied('slow down', 'Client.RequestLimitExceeded'))),
    finds: ['partly-denied: suspicious', 'failed: context'],
    says: ['9 of 12 calls in the window were denied, and 3 others not allowed for other reasons.'],
    never: ['could not be read'],
  },
  'a single later call is no first of several': {
    records: [...twelve(CI, denied()), { ...other('ec2:DescribeInstances', 60, CI), awsRegion: 'eu-west-3' }],
    finds: ['partly-denied: suspicious'],
    says: ['1 more within five minutes was allowed, 49 s after the last call.'],
    never: ['denied-then-allowed', 'first denied'],
  },
  'an account that is not signed up has credentials that are valid': {
    records: twelve(role('dev', 'bob'), denied('not subscribed', 'OptInRequired')),
    finds: ['region-not-enabled: context'],
    says: ['All 12 calls failed in 12 regions, as in regions not enabled for the account (OptInRequired).'],
    never: ['not valid, or'],
  },
  'a service that calls for whoever asks it vouches for nobody': {
    records: twelve(
      { ...JOB, invokedBy: 'cloudformation.amazonaws.com' },
      { sourceIPAddress: 'cloudformation.amazonaws.com' },
    ),
    finds: ['invoked-by: likely-benign'],
    says: [
      'Verdict: unclear (for it: made by an AWS service, which alone decides nothing).',
      '"source":"cloudformation.amazonaws.com"',
      'has that service call is excepted',
    ],
    never: ['It matches the identity alone'],
  },
});
