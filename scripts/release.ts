/**
 * Builds a release into release/: the function's zip, a CloudFormation template for each trail source, the package, what is
 * inside, and checksums. The same sources give the same bytes: `npm run release`.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { zipSync } from 'fflate';
import type { SourceKind } from '../lib/settings';
import { build, DIST, ROOT } from './build';
import { ReleaseStack, SOURCES } from './release-template';

const RELEASE = join(ROOT, 'release');

/** A zip that depends on names and contents alone: times are the first that a zip knows, and nothing else is kept. */
export function zipOf(folder: string): Uint8Array {
  const files = readdirSync(folder).sort();
  const contents = files.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))] as const);
  return zipSync(Object.fromEntries(contents), { level: 9, mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16 });
}

/**
 * The templates by file name, in ASCII: CloudFormation replaces other characters of descriptions.
 * @param isChecked whether the CDK's own checks of CloudFormation are run, which takes seconds
 */
export function templates(isChecked: boolean): {
  readonly files: ReadonlyMap<string, string>;
  readonly assembly: string;
} {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const outdir = mkdtempSync(join(tmpdir(), 'regionsweep-release-'));
  const app = new App({ outdir, context, builtinCloudFormationValidation: isChecked });
  const stacks = Object.keys(SOURCES).map((source) => new ReleaseStack(app, source as SourceKind));
  const assembly = app.synth();
  const files = stacks.map(({ artifactId, stackName }) => {
    const template = JSON.stringify(assembly.getStackArtifact(artifactId).template);
    const ascii = template.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return [`${stackName}.template.json`, ascii] as const;
  });
  return { files: new Map(files), assembly: assembly.directory };
}

/** What is used of npm's bill of materials. */
interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly { readonly 'bom-ref': string; readonly name: string; readonly version: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/**
 * The software bill of materials in CycloneDX, by npm, of the packages whose code is inside the bundles.
 * @param folders of these packages, relative to the root
 */
export function sbom(folders: readonly string[]): string {
  const npm = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const { serialNumber: _, metadata, ...bom } = JSON.parse(npm) as Bom;
  const { timestamp: __, ...about } = metadata;
  const inside = new Set(
    folders.map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
      return `${name}@${version}`;
    }),
  );
  const components = bom.components.filter(({ name, version }) => inside.has(`${name}@${version}`));
  const refs = new Set(components.map((component) => component['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  const own = { ref: about.component['bom-ref'], dependsOn: [...refs] };
  // npm names it for its folder.
  const component = { ...about.component, name: 'regionsweep' };
  const inPackage = { ...bom, metadata: { ...about, component }, components, dependencies: [own, ...dependencies] };
  return `${JSON.stringify(inPackage, null, 2)}\n`;
}

async function release(): Promise<void> {
  rmSync(RELEASE, { recursive: true, force: true });
  mkdirSync(RELEASE);
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(RELEASE, name), content);
  const folders = await build();
  write('regionsweep-function.zip', zipOf(join(DIST, 'function')));
  for (const [name, template] of templates(false).files) write(name, template);
  write('sbom.cdx.json', sbom(folders));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', RELEASE], { cwd: ROOT, stdio: 'inherit' });
  const sums = readdirSync(RELEASE)
    .sort()
    .map((name) => {
      const sum = createHash('sha256')
        .update(readFileSync(join(RELEASE, name)))
        .digest('hex');
      return `${sum}  ${name}\n`;
    });
  write('SHA256SUMS', sums.join(''));
}

if (require.main === module) void release();
