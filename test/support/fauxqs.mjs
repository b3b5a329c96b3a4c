/** S3, SQS and SNS in memory, as a process of its own: the package is ESM. Ends with its standard input. */
import { buildApp } from 'fauxqs';

// S3 lists by bytes; the package sorts by language, but goes on behind a key by bytes, and so leaves keys out.
Object.defineProperty(String.prototype, 'localeCompare', {
  value(other) {
    return this < other ? -1 : Number(this > other);
  },
});

const app = buildApp({ logger: false });
process.stdout.write(`${new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port}\n`);
process.stdin.resume().on('end', () => process.exit(0));
