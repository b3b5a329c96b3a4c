import { ALERT_VERDICTS, type AlertVerdict } from '../../lambda/detection/rule';
import { alertOfScene, SCENES } from '../support/scenes';

const HOSTILE = SCENES.filter(({ isHostile }) => isHostile);

const BENIGN = SCENES.filter(({ isHostile }) => !isHostile);

/** The names of those that get each verdict. */
async function verdictsOf(scenes: typeof SCENES): Promise<Partial<Record<AlertVerdict, string[]>>> {
  const judged: { name: string; verdict: AlertVerdict }[] = [];
  for (const scene of scenes) judged.push({ ...scene, verdict: (await alertOfScene(scene)).assessment.verdict });
  const named = (verdict: AlertVerdict) => judged.filter((one) => one.verdict === verdict).map(({ name }) => name);
  return Object.fromEntries(ALERT_VERDICTS.map((verdict) => [verdict, named(verdict)]));
}

it('no hostile sweep is likely benign, and most are suspicious', async () => {
  const { suspicious = [], 'likely-benign': benign = [] } = await verdictsOf(HOSTILE);
  expect(benign).toEqual([]);
  expect(HOSTILE.length).toBeGreaterThanOrEqual(20);
  expect(suspicious.length / HOSTILE.length).toBeGreaterThanOrEqual(0.8);
});

it('hardly any benign sweep is suspicious', async () => {
  const { suspicious = [], 'likely-benign': benign = [] } = await verdictsOf(BENIGN);
  expect(BENIGN.length).toBeGreaterThanOrEqual(20);
  expect(suspicious.length).toBeLessThanOrEqual(2);
  expect(benign.length).toBeGreaterThanOrEqual(6);
});

/** Without TLS of the caller's own AWS's hosts called: then the user agent is that of a page, which nobody else can send. */
const OWN_CALLS = SCENES.filter(({ who }) => who.patch?.tlsDetails !== null);

const AGENTS = [
  'APN/1.0 HashiCorp/1.0 Terraform/1.13.3 terraform-provider-aws/6.14.0 aws-sdk-go-v2/1.39.2',
  'Boto3/1.40.0 md/Botocore#1.40.0 Botocore/1.40.0 APN_1826889',
  'AWS Internal',
  'Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0',
  'aws-cli/2.31.0 exec-env/CloudShell md/command#ec2.describe-instances',
  'backup.amazonaws.com',
];

it('no user agent makes a verdict better', async () => {
  expect(OWN_CALLS.length).toBeGreaterThan(30);
  const rank = async (scene: (typeof SCENES)[number], userAgent: string) =>
    ALERT_VERDICTS.indexOf((await alertOfScene(scene, { userAgent })).assessment.verdict);
  for (const [index, scene] of OWN_CALLS.entries()) {
    const unnamed = await rank(scene, 'own/1.0');
    for (const agent of [AGENTS[index % 6]!, AGENTS[(index + 3) % 6]!]) {
      expect([scene.name, agent, (await rank(scene, agent)) <= unnamed]).toEqual([scene.name, agent, true]);
    }
  }
});
