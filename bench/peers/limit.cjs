/** The limit of what a replay can reach: lists, reads and inflates a folder on two threads, by the same inflater, and no more. */
const { closeSync, openSync, readSync, readdirSync } = require('node:fs');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { constants, createGunzip } = require('node:zlib');

/** As of a replay: fewer files are not worth a thread. */
const WORTH_FILES = 256;

function inflateAll({ files, next }) {
  const counter = new Int32Array(next);
  const { _handle: handle, _writeState: state } = createGunzip();
  handle.onerror = (message) => {
    throw new Error(message);
  };
  const input = Buffer.allocUnsafeSlow(64 * 1024);
  const output = Buffer.allocUnsafeSlow(1024 * 1024);
  let bytes = 0;
  for (let index = Atomics.add(counter, 0, 1); index < files.length; index = Atomics.add(counter, 0, 1)) {
    const file = openSync(files[index], 'r');
    handle.reset();
    for (let isLast = false; !isLast; ) {
      const length = readSync(file, input, 0, input.length, null);
      isLast = length < input.length;
      const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
      state[1] = length;
      do {
        handle.writeSync(flush, input, length - state[1], state[1], output, 0, output.length);
        bytes += output.length - state[0];
      } while (state[0] === 0);
    }
    closeSync(file);
  }
  return bytes;
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    return item.isDirectory() ? filesUnder(`${folder}/${item.name}`) : [`${folder}/${item.name}`];
  });
}

async function main() {
  const work = { files: filesUnder(process.argv[2]), next: new SharedArrayBuffer(4) };
  const other = work.files.length > WORTH_FILES ? new Worker(__filename, { workerData: work }) : undefined;
  const others = other === undefined ? 0 : new Promise((resolve) => other.once('message', resolve));
  console.log(inflateAll(work) + (await others));
}

if (isMainThread) void main();
else parentPort.postMessage(inflateAll(workerData));
