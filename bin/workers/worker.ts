import '../cli/v8-flags';
import { parentPort, workerData } from 'node:worker_threads';
import { chooseInflate } from '../../lambda/adapters/inflate/engine';
import { filesystemSource } from '../../lambda/adapters/local/files';
import type { Exception } from '../../lambda/detection/exceptions';
import { readObjects } from '../../lambda/pipeline/replay';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { type FilesRead, type FilesToRead, messageOf, type ThreadSettings } from './protocol';

/** The program of a thread that reads files for a replay, in the order in which it is told to. */

const port = parentPort!;

const { engine, exceptions, ...others } = workerData as ThreadSettings;

const reading: ReadOptions = {
  source: filesystemSource,
  inflate: chooseInflate(engine).engine,
  exceptions: exceptions.length === 0 ? [] : exceptions.map(exceptionOf()),
  ...others,
};

/** Loaded where there are exceptions: their schema takes longer to load than a thousand files take. */
function exceptionOf(): (plain: ThreadSettings['exceptions'][number]) => Exception {
  const rule =
    require('../../lambda/detection/exception-document') as typeof import('../../lambda/detection/exception-document');
  return ({ name, entry }) => rule.exceptionOf(name, entry);
}

async function read(paths: FilesToRead): Promise<void> {
  const files = paths.map((key) => ({ object: { bucket: '', key }, bytes: 0 }));
  tell((await readObjects(files, reading)).map(messageOf));
}

function tell(message: FilesRead): void {
  port.postMessage(message);
}

let last = Promise.resolve();

port.on('message', (paths: FilesToRead) => {
  last = last.then(() => read(paths));
});

tell('ready');
