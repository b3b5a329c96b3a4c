/** Writes what is made from code, docs/configuration.md, cost.md, architecture.svg and alert.schema.json: `npm run docs`. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT, type Fields } from '../lambda/settings';
import { settingGroups } from '../lib/settings';
import { alertSchema } from './alert-schema';
import { architectureSvg } from './architecture';
import { costPage } from './cost-page';

const INTRODUCTION = `# Configuration

<!-- Made from lib/settings.ts by npm run docs. Change it there. -->

Every setting may be given on the command line,

\`\`\`sh
npx cdk deploy -c trailBucket=company-trail -c alertEmail=security@example.com
\`\`\`

or in \`cdk.json\`, where lists and objects are written as such; a flag wins over the file.

\`\`\`json
{ "context": { "regionsweep": { "trailBucket": "company-trail", "alertEmail": ["security@example.com"] } } }
\`\`\`

A wrong value stops the synthesis with the key, the value, and what is allowed. A key in \`regionsweep\` that is no
setting does so too; a flag that is none is warned of. [deploy.md](deploy.md) shows the settings at work.
`;

const ENVIRONMENT_INTRODUCTION = `
## The function's environment

The stack sets these variables; whoever runs the function by other means sets them by hand. The first four have no
default. What is allowed is what the setting of that name allows, but for \`REGIONSWEEP_EXCEPTIONS\`, which is the document
itself.

`;

function configurationPage(): string {
  const groups = Object.entries(settingGroups).map(([title, fields]) => section(title, fields));
  const variables = Object.entries(ENVIRONMENT).map(([field, name]) => `- \`${name}\`: \`${field}\``);
  return `${INTRODUCTION}${groups.join('')}${ENVIRONMENT_INTRODUCTION}${variables.join('\n')}\n`;
}

function section(title: string, fields: Fields): string {
  const items = Object.entries(fields).map(
    ([name, { description, allowed, standard }]) =>
      `- **\`${name}\`**: ${description}\n  _Must be ${allowed}${standardText(standard)}._`,
  );
  return `\n## ${title}\n\n${items.join('\n')}\n`;
}

function standardText(standard: unknown): string {
  const none = standard === undefined || ['[]', '{}'].includes(JSON.stringify(standard));
  return none ? '; may be left out' : `; ${String(standard)} by default`;
}

/** The files by name. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'configuration.md': configurationPage,
  'cost.md': costPage,
  'architecture.svg': architectureSvg,
  'alert.schema.json': alertSchema,
};

if (require.main === module) {
  for (const [name, page] of Object.entries(PAGES)) writeFileSync(join(__dirname, '../docs', name), page());
}
