/** A server with given answers to S3 requests, so that what is tested is what the real client makes of real answers. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '../../lambda/adapters/aws/s3';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface S3Server {
  readonly client: S3Client;
  /** paths with query asked for since the last `answer` */
  readonly asked: string[];
  /** the answers to come, in order, the last one repeated */
  answer(...answers: readonly [Answer, ...Answer[]]): void;
  close(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const asked: string[] = [];
  let answers: Answer[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  const client = s3Client({ region: 'eu-west-1', endpoint: `http://127.0.0.1:${port}` });
  return {
    client,
    asked,
    answer(...next) {
      asked.length = 0;
      answers = [...next];
    },
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** An error as S3 words it. */
export function refusal(status: number, code: string, message = `${code} it is`): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>R</RequestId></Error>`,
    );
  };
}

export function xml(body: string): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
  };
}
