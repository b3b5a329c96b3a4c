/**
 * S3, SQS and SNS (fauxqs) and DynamoDB (dynalite) in one process of their own, on ports that the system chooses. Sends
 * its parent the endpoints, and sets its clock forward by the seconds it is sent.
 */
import dynalite from 'dynalite';
import { buildApp } from 'fauxqs';

let ahead = 0;
const now = Date.now;
// What waits in a queue waits by this clock: delays, and messages somebody has received.
Date.now = () => now() + ahead;

// The emulator names its queues by a host that not every system resolves, and the SDK goes where a queue's URL points.
const NAMED = '//sqs.us-east-1.localhost:';
const REACHED = '//127.0.0.1:';

const aws = buildApp({ logger: false });
aws.addHook('preHandler', (request, _reply, done) => {
  if (request.body?.QueueUrl) request.body.QueueUrl = request.body.QueueUrl.replace(REACHED, NAMED);
  // SQS keeps it as a system attribute, which the emulator does not have.
  const trace = request.headers['x-amzn-trace-id'];
  for (const entry of (trace && request.body?.Entries) || []) {
    entry.MessageAttributes = { AWSTraceHeader: { DataType: 'String', StringValue: trace } };
  }
  done();
});
aws.addHook('onSend', (_request, _reply, payload, done) => {
  done(null, typeof payload === 'string' ? payload.replaceAll(NAMED, REACHED) : payload);
});
const dynamoDb = dynalite({ createTableMs: 0 });
await new Promise((resolve) => dynamoDb.listen(0, '127.0.0.1', resolve));

process.on('message', ({ id, seconds }) => {
  ahead += seconds * 1000;
  process.send({ id });
});
process.on('disconnect', () => process.exit());
process.send({
  aws: await aws.listen({ host: '127.0.0.1', port: 0 }),
  dynamoDb: `http://127.0.0.1:${dynamoDb.address().port}`,
});
