import { existsSync } from 'node:fs';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { filesystemListing, filesystemSource } from '../../lambda/adapters/local/files';
import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import { findUnder } from '../../lambda/adapters/local/walk';
import { renderEmail, renderTerminal } from '../../lambda/alert/render/plain-text';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { replay, type StoredObject } from '../../lambda/pipeline/replay';

const TRAIL = `${__dirname}/../../../shared/trails/console`;

const isThere = existsSync(TRAIL);

if (!isThere) process.stderr.write('skipped: the real console trail is not here (../shared/trails/console)\n');

const STYLE = { detector: 'security', severityText: 'low', chatAsDefault: false, replayId: undefined };

async function* objects(): AsyncIterable<StoredObject> {
  for await (const found of findUnder(TRAIL)) if (found.kind === 'log') yield found;
}

(isThere ? it : it.skip)('the three alerts of real console sessions begin with the console page', async () => {
  const { alerts } = await replay(objects(), {
    reading: {
      source: filesystemSource,
      listing: filesystemListing,
      inflate: zlibEngine,
      limit: 1 << 28,
      rule: DEFAULT_PARAMETERS,
    },
    store: new MemoryStore(),
    onObject: () => undefined,
    isStopped: () => false,
  });
  expect(alerts).toHaveLength(3);
  for (const alert of alerts) {
    expect(renderTopicMessage({ kind: 'alert', alert }, STYLE).subject).toContain('(console page)');
    expect(renderTerminal(alert).split('\n')[1]).toMatch(/^ {2}\+ All 17 calls used console-session credentials: /);
    expect(renderEmail({ kind: 'alert', alert }, STYLE)).toMatch(
      /\nLIKELY BENIGN\n {2}\+ All 17 calls used console-session credentials: /,
    );
    expect(alert.evidence.search.arrived).toHaveLength(17);
    // The console makes its credentials anew all the time: when these were made says nothing of the session.
    expect(alert.assessment.findings.map(({ id }) => id)).not.toContain('fresh-session');
  }
});
