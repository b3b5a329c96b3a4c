import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_VERDICTS } from '../lambda/detection/rule';
import { alertOfScene, SCENES } from '../test/support/scenes';

const SECTION = /(?<=<!-- Verdicts of test\/support\/scenes\.ts, by npm run docs\. -->\n\n).*?(?=\n\n<!-- End -->)/s;

/** docs/tuning.md with its table of labelled sweeps made anew. */
export async function tuningPage(): Promise<string> {
  const page = readFileSync(join(__dirname, '../docs/tuning.md'), 'utf8');
  const table = await verdictTable();
  if (!SECTION.test(page)) throw new Error('docs/tuning.md has no section for the table of verdicts');
  return page.replace(SECTION, () => table);
}

/** The sweeps of each label by the verdict they get. */
async function verdictTable(): Promise<string> {
  const judged: { readonly name: string; readonly isHostile: boolean; readonly verdict: string }[] = [];
  for (const scene of SCENES) {
    const { verdict } = (await alertOfScene(scene)).assessment;
    judged.push({ ...scene, verdict });
  }
  const cell = (isHostile: boolean, verdict: string) => {
    const names = judged
      .filter((one) => one.isHostile === isHostile && one.verdict === verdict)
      .map(({ name }) => name);
    // Those as they should be are not worth a reader's time.
    const isPlain = isHostile ? verdict === 'suspicious' : verdict === 'unclear';
    return names.length === 0 || isPlain ? String(names.length) : `**${names.length}**: ${names.join('; ')}`;
  };
  const total = (isHostile: boolean) => SCENES.filter((scene) => scene.isHostile === isHostile).length;
  return [
    `| verdict | ${total(true)} hostile | ${total(false)} benign |`,
    '| --- | --- | --- |',
    ...ALERT_VERDICTS.map((verdict) => `| ${verdict} | ${cell(true, verdict)} | ${cell(false, verdict)} |`),
  ].join('\n');
}
