/** Reads objects that are each one record of 200 MiB, four at a time, and prints how far memory rose above the start. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { readObject } from '../../lambda/trail/object-reader';

const MIB = 1024 * 1024;

/** Linux hands a process the peak of the one that started it, except in this file. */
function peakBytes(): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}

async function main(): Promise<void> {
  const text = Buffer.alloc(200 * MIB, 'x');
  text.write('{"Records":[{"eventName":"DescribeInstances","x":"');
  text.write('"}]}', text.length - 4);
  const bomb = gzipSync(text, { level: 1 });
  text.fill(0);
  const before = peakBytes();
  const reading = {
    source: {
      read: async function* () {
        yield bomb;
      },
    },
    inflate: zlibEngine,
    limit: 256 * MIB,
    rule: DEFAULT_PARAMETERS,
  };
  const read = () => readObject({ bucket: '', key: 'bomb.json.gz' }, reading);
  const errors = (await Promise.all([read(), read(), read(), read()])).map(({ error }) => error?.message);
  process.stdout.write(JSON.stringify({ errors, growth: peakBytes() - before }));
}

void main();
