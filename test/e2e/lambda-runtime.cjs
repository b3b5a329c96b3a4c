/**
 * Runs the bundled function as Lambda's runtime does: loads it once, then hands it one event after the other. Argument:
 * the folder of the asset. Says how long loading took, or why it failed. An event comes with the seconds that the clock is
 * set forward, and the trace header.
 */
const { join } = require('node:path');

const start = performance.now();
const loading = import(join(process.argv[2], 'index.mjs'));
loading.then(
  () => process.send({ ready: performance.now() - start }),
  (error) => process.send({ fault: { name: error.name, message: error.message } }),
);

const realNow = Date.now;

process.on('message', async ({ id, event, context, seconds, ahead, trace }) => {
  try {
    Date.now = () => realNow() + ahead * 1000;
    // The SDK sends it on with every request.
    process.env._X_AMZN_TRACE_ID = trace;
    const { handler } = await loading;
    // Some of the time has passed before the handler is called.
    const deadline = Date.now() + seconds * 1000 - 5;
    const getRemainingTimeInMillis = () => deadline - Date.now();
    process.send({ id, answer: (await handler(event, { ...context, getRemainingTimeInMillis })) ?? null });
  } catch (error) {
    process.send({ id, fault: { name: error.name, message: error.message } });
  }
});
process.on('disconnect', () => process.exit());
