/**
 * A template as a reviewer reads it: a heading for each resource and below it a line for each value, each element of a
 * list, and each statement of a policy. `<X>` and `<X.Arn>` are references. Hashes of logical ids and assets are left
 * out, since they change by themselves; a text of many lines is there as its hash.
 *
 *     AWS::SQS::QueuePolicy RegionSweepPipelineQueuePolicy
 *       PolicyDocument.Statement: Deny {AWS: *} sqs:* on <RegionSweepPipelineQueue.Arn> if {Bool: {aws:SecureTransport: false}}
 *       Queues = <RegionSweepPipelineQueue>
 */
import { createHash } from 'node:crypto';

type Json = Readonly<Record<string, unknown>>;

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::Sub'?: string;
  readonly 'Fn::Join'?: readonly [separator: string, parts: readonly unknown[]];
}

/** Lines by their heading, both sorted. */
export type NormalForm = ReadonlyMap<string, readonly string[]>;

export function normalForm(template: object): NormalForm {
  const { Resources, ...others } = JSON.parse(withoutHashes(template)) as { Resources: Record<string, Json> };
  const parts = Object.entries(Resources).map(([id, { Type, Properties = {}, ...attributes }]) => {
    return [`${String(Type)} ${id}`, [...linesOf(attributes), ...linesOf(Properties)].sort()] as const;
  });
  return new Map([...parts.sort(([a], [b]) => (a < b ? -1 : 1)), ['Template', linesOf(others).sort()]]);
}

export function printed(form: NormalForm): string {
  return [...form].flatMap(([heading, lines]) => [heading, ...lines.map((line) => `  ${line}`)]).join('\n');
}

/** What `form` has and `base` has not (`+`), and the reverse (`-`); a resource that is gone is a heading alone. */
export function printedDifference(base: NormalForm, form: NormalForm): string {
  const gone = [...base.keys()].filter((heading) => !form.has(heading)).map((heading) => `- ${heading}`);
  const changed = [...form].flatMap(([heading, lines]) => {
    const before = base.get(heading) ?? [];
    const differing = [
      ...before.filter((line) => !lines.includes(line)).map((line) => `  - ${line}`),
      ...lines.filter((line) => !before.includes(line)).map((line) => `  + ${line}`),
    ];
    if (base.has(heading)) return differing.length === 0 ? [] : [`  ${heading}`, ...differing];
    return [`+ ${heading}`, ...differing];
  });
  return [...gone, ...changed].join('\n');
}

function withoutHashes(template: object): string {
  const { Resources } = template as { readonly Resources: object };
  const names = new Map(Object.keys(Resources).map((id) => [id, id.replace(/[0-9A-F]{8}$/, '')]));
  if (new Set(names.values()).size < names.size) throw new Error('two logical ids differ by their hash alone');
  return JSON.stringify(template)
    .replace(/[0-9a-f]{64}(?=\.zip)/g, 'ASSET')
    .replace(/\w+/g, (word) => names.get(word) ?? word);
}

function linesOf(value: unknown, path = ''): string[] {
  const text = path === '' ? undefined : textOf(value);
  // The body of a dashboard is JSON in a text.
  if (text?.startsWith('{"')) return linesOf(JSON.parse(text), path);
  if (text !== undefined) return [`${path} = ${text}`];
  if (Array.isArray(value)) return value.map((element) => `${path}: ${inline(element)}`);
  return Object.entries(value as Json).flatMap(([name, held]) => {
    return linesOf(held, path === '' ? name : `${path}.${name}`);
  });
}

/** What CloudFormation makes a text, a number or a list of them; `undefined` for anything else. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.split('\n').length > 20 ? hashed(value) : value;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value);
  if (fields.length === 0) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const texts = value.map(textOf);
    return texts.includes(undefined) ? undefined : texts.join(', ');
  }
  if (fields.length > 1) return undefined;
  const { Ref: id, 'Fn::GetAtt': attribute, 'Fn::Sub': pattern, 'Fn::Join': join } = value as Intrinsic;
  if (id !== undefined) return `<${id}>`;
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  if (pattern !== undefined) return pattern.replace(/\$\{(.+?)\}/g, '<$1>');
  return join?.[1].map(inline).join(join[0]);
}

function hashed(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `(${text.split('\n').length} lines, ${hash})`;
}

function inline(value: unknown): string {
  const text = textOf(value);
  if (text !== undefined) return text;
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  const { Effect, Principal, Action, Resource, Condition, ...rest } = value as Json;
  if (Effect === undefined) return inlineFields(value as Json);
  return [
    ...[Effect, Principal, Action].filter((part) => part !== undefined).map(inline),
    ...(Resource === undefined ? [] : ['on', inline(Resource)]),
    ...(Condition === undefined ? [] : ['if', inline(Condition)]),
    ...(Object.keys(rest).length === 0 ? [] : [inlineFields(rest)]),
  ].join(' ');
}

function inlineFields(value: Json): string {
  const fields = Object.entries(value).map(([name, held]) => `${name}: ${inline(held)}`);
  return `{${fields.join(', ')}}`;
}
