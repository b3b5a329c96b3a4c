import { Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { appWith, SOURCES, synth, synthQuietly, violationsIn, withoutAsset } from './support';

/** Checked once, and asked for everything else too. */
const checked = (flags: Readonly<Record<string, string>> = {}) => synth(flags, true);

describe.each(Object.entries(SOURCES))('%s', (_name, flags) => {
  it('matches its snapshot', () => {
    expect(withoutAsset(checked(flags).json)).toMatchSnapshot();
  });

  it('is clean under the AwsSolutions checks of cdk-nag and the rules of aws-cdk-lib', () => {
    expect(checked(flags).violations).toEqual([]);
  });

  it('reads no other objects than the trail’s and the test bucket’s', () => {
    const resources = checked(flags)
      .functionStatements('s3:GetObject')
      .flatMap(({ Resource }) => Resource);
    const prefix = checked(flags).json.Outputs.TrailPrefix?.Value;
    expect(resources).toHaveLength(2);
    expect(JSON.stringify(resources[0])).toContain(`/${prefix}*/CloudTrail/*"`);
    expect(JSON.stringify(resources[1])).toMatch(/TestBucket.*"\/\*"/);
  });

  it('lists under the trail’s prefix alone', () => {
    const prefix = checked(flags).json.Outputs.TrailPrefix?.Value;
    const [trail, test] = checked(flags).functionStatements('s3:ListBucket');
    expect(trail?.Condition).toEqual({ StringLike: { 's3:prefix': `${prefix}*` } });
    expect(JSON.stringify(trail?.Resource)).not.toContain('TestBucket');
    expect(JSON.stringify(test?.Resource)).toContain('TestBucket');
  });
});

it('the checks are on: a bucket that takes plain text is found', () => {
  const app = appWith({});
  new s3.Bucket(new Stack(app, 'Careless'), 'Open');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => synthQuietly(app)).toThrow(/AwsSolutions-S10/);
  expect(violationsIn(app.outdir).join('\n')).toMatch(/AwsSolutions-S10 at Careless\/Open/);
});
