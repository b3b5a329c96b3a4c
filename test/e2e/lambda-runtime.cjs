/**
 * Runs the bundled function as Lambda's runtime does: loads it once, then hands it one event after the other. Argument:
 * the folder of the asset. Says how long loading took, or why it failed.
 */
const { join } = require('node:path');

const start = performance.now();
let handler;
try {
  ({ handler } = require(join(process.argv[2], 'index.js')));
  process.send({ ready: performance.now() - start });
} catch (error) {
  process.send({ fault: { name: error.name, message: error.message } });
}

process.on('message', async ({ id, event, context, seconds }) => {
  // Some of the time has passed before the handler is called.
  const deadline = Date.now() + seconds * 1000 - 5;
  const getRemainingTimeInMillis = () => deadline - Date.now();
  try {
    process.send({ id, answer: (await handler(event, { ...context, getRemainingTimeInMillis })) ?? null });
  } catch (error) {
    process.send({ id, fault: { name: error.name, message: error.message } });
  }
});
process.on('disconnect', () => process.exit());
