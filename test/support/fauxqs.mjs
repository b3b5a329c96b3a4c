/** S3, SQS and SNS in memory, as a process of its own: the package is ESM. Ends with its standard input. */
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false });
process.stdout.write(`${new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port}\n`);
process.stdin.resume().on('end', () => process.exit(0));
