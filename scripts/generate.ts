/** Writes the documents that are made from code: `npm run docs`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { type Schema, termsOf } from '../lambda/util/schema';
import { settingSchemas } from '../lib/settings';
import { alertSchema } from './alert-schema';
import { architectureSvg } from './architecture';
import { costPage } from './cost-page';
import { terminalPicture } from './terminal-picture';
import { tuningPage } from './verdict-table';

const INTRODUCTION = `# Configuration

<!-- Generated from lib/settings.ts by npm run docs. -->

Keep settings in \`regionsweep.config.json\`, which git ignores, so that no update forgets one:

\`\`\`json
{ "trailBucket": "company-trail", "alertEmail": ["security@example.com"] }
\`\`\`

A flag (\`npx cdk deploy -c minRegions=8\`) overrides the object \`regionsweep\` in the context of \`cdk.json\`, and that the
file. A wrong value or an unknown key stops the synthesis; an unknown flag is a warning.
`;

/** The interface of each group: its docstrings describe the settings. */
const INTERFACES = {
  source: ['lib/settings.ts', 'SourceSettings'],
  rule: ['lambda/detection/rule.ts', 'RuleParameters'],
  exceptions: ['lib/settings.ts', 'ExceptionSettings'],
  alerts: ['lambda/settings.ts', 'AlertSettings'],
  subscribers: ['lib/subscriber-settings.ts', 'SubscriberSettings'],
  pipeline: ['lib/settings.ts', 'PipelineSettings'],
  operations: ['lib/settings.ts', 'OperationSettings'],
} as const;

interface Docstring {
  readonly description: string;
  /** what `@default` says */
  readonly standard: string | undefined;
}

/** The docstrings of an interface's properties, those of the reading settings with them. */
function docstringsOf(file: string, name: string): Map<string, Docstring> {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(__dirname, '..', file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const declaration = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
  const properties = (declaration as ts.InterfaceDeclaration).members.map((member): [string, Docstring] => {
    const [comment] = ts.getJSDocCommentsAndTags(member) as ts.JSDoc[];
    const text = (node: ts.JSDoc | ts.JSDocTag | undefined) =>
      ts.getTextOfJSDocComment(node?.comment)?.replace(/\s+/g, ' ');
    const standard = text(comment?.tags?.find(({ tagName }) => tagName.text === 'default'));
    return [member.name!.getText(), { description: text(comment) ?? '', standard }];
  });
  return new Map([
    ...properties,
    ...(name === 'PipelineSettings' ? docstringsOf('lambda/settings.ts', 'ReadingSettings') : []),
  ]);
}

export interface SettingReference extends Docstring {
  readonly allowed: string;
  /** the schema's */
  readonly fallback: unknown;
}

/** All settings by group and name. */
export function settingReference(): [group: string, settings: [name: string, setting: SettingReference][]][] {
  return Object.entries(INTERFACES).map(([group, [file, name]]) => {
    const docstrings = docstringsOf(file, name);
    const schema: Schema<object> = settingSchemas[group as keyof typeof INTERFACES];
    const settings = Object.entries(schema).map(([setting, of]): [string, SettingReference] => {
      const { allowed, default: fallback } = termsOf(of);
      return [setting, { ...docstrings.get(setting)!, allowed, fallback }];
    });
    return [group, settings];
  });
}

function configurationPage(): string {
  const groups = settingReference().map(([group, settings]) => {
    const items = settings.map(([name, setting]) => {
      const standard = defaultText(setting);
      const terms = `${setting.allowed.replace(/^(?:an?|the) /, '')}${standard === 'none' ? '' : `; default ${standard}`}`;
      return `- **\`${name}\`**: ${setting.description}\n  _${terms}_`;
    });
    return `\n## ${group[0]!.toUpperCase()}${group.slice(1)}\n\n${items.join('\n')}\n`;
  });
  return `${INTRODUCTION}${groups.join('')}`;
}

function defaultText({ standard, fallback }: SettingReference): string {
  const isEmpty = fallback === undefined || ['[]', '{}'].includes(JSON.stringify(fallback));
  return isEmpty ? (standard ?? 'none') : String(fallback);
}

/** The files by name. */
export const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  'configuration.md': configurationPage,
  'cost.md': costPage,
  'architecture.svg': architectureSvg,
  'alert.schema.json': alertSchema,
  'alert.svg': terminalPicture,
  'tuning.md': tuningPage,
};

async function writePages(): Promise<void> {
  for (const [name, page] of Object.entries(PAGES)) writeFileSync(join(__dirname, '../docs', name), await page());
}

if (require.main === module) void writePages();
