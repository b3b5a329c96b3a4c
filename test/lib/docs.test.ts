import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, settingReference } from '../../scripts/generate';

const DEPLOY = readFileSync(join(__dirname, '../../docs/deploy.md'), 'utf8');

it.each(Object.entries(PAGES))('docs/%s is up to date: npm run docs', async (name, page) => {
  expect(readFileSync(join(__dirname, '../../docs', name), 'utf8')).toBe(await page());
});

const settings = settingReference().flatMap(([, group]) => group);

it.each(settings)('%s has a description, what is allowed, and the default of the schema', (_name, setting) => {
  const { description, allowed, standard, fallback } = setting;
  expect(description).toMatch(/\.$/);
  expect(allowed).not.toBe('');
  if (standard === undefined || fallback === undefined || typeof fallback === 'object') return;
  expect(standard.replace(/^'|'$/g, '')).toBe(String(fallback));
});

it('a new organization trail is for the management account only, which owns every trail of the organization', () => {
  const [, { description }] = settings.find(([name]) => name === 'organizationId')!;
  const row = DEPLOY.split('\n').find((line) => line.includes('npx cdk deploy -c organizationId'));
  for (const text of [description, row]) {
    expect(text).toContain('management account, no other');
    expect(text).not.toContain('delegated');
  }
});
