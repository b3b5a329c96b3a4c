import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultKind, Faults, Run, Service } from './faults';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Stands between a function and the emulators, and has requests fail. */
export class FaultyProxy {
  private readonly server = createServer((incoming, response) => void this.handle(incoming, response));
  private readonly agent = new Agent({ keepAlive: true });

  /**
   * @param targets URLs of the emulators
   * @param run the invocation under way, if there is one
   * @param kill ends the function's process
   */
  constructor(
    private readonly targets: { readonly aws: string; readonly dynamoDb: string },
    private readonly faults: Faults,
    private readonly run: () => Run | undefined,
    private readonly kill: () => void,
  ) {}

  /** @returns its URL */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this.url;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
  }

  private get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const run = this.run();
    const at = performance.now();
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const service = serviceOf(incoming, body);
      const fault = run && this.faults.ofRequest(service);
      if (fault !== undefined) run!.faults.push({ at, kind: fault, service });
      if (fault === 'throttle' || fault === 'refuse') {
        refuse(service, fault, response);
        return;
      }
      if (fault === 'kill' && this.faults.isFirst()) {
        this.kill();
        return;
      }
      const answer = await this.forward(service, incoming, body);
      if (service === 'sns' && answer.status === 200) {
        run?.published.push({ at, name: nameOf(body) });
      }
      if (fault === 'kill') this.kill();
      else if (fault === 'lost answer') incoming.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The process was killed, or the emulators are closing.
      incoming.socket.destroy();
    }
  }

  private forward(service: Service, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const target = service === 'dynamodb' ? this.targets.dynamoDb : this.targets.aws;
    // The URL of a queue is part of the body.
    const text = service === 'sqs' ? Buffer.from(body.toString().replaceAll(this.url, target)) : body;
    const { hostname, port } = new URL(target);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ hostname, port, method, path: url, agent: this.agent },
          headers: { ...headers, 'content-length': text.length },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('error', reject)
            .on('end', () =>
              resolve({ status: incoming.statusCode!, headers: incoming.headers, body: Buffer.concat(chunks) }),
            );
        },
      );
      outgoing.on('error', reject).end(text);
    });
  }
}

function serviceOf({ headers }: IncomingMessage, body: Buffer): Service {
  const target = String(headers['x-amz-target'] ?? '');
  if (target.startsWith('DynamoDB')) return 'dynamodb';
  if (target.startsWith('AmazonSQS')) return 'sqs';
  return body.subarray(0, 7).toString() === 'Action=' ? 'sns' : 's3';
}

/** Answers as the service would. */
function refuse(service: Service, fault: FaultKind, response: ServerResponse): void {
  const xml = (status: number, code: string) =>
    response
      .writeHead(status, { 'content-type': 'text/xml' })
      .end(
        service === 's3'
          ? `<Error><Code>${code}</Code><Message>load</Message></Error>`
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>load</Message></Error></ErrorResponse>`,
      );
  const json = (type: string) =>
    response
      .writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify({ __type: type, message: 'load' }));
  if (fault === 'refuse') xml(403, 'AuthorizationError');
  else if (service === 's3') xml(503, 'SlowDown');
  else if (service === 'sns') xml(500, 'InternalError');
  else if (service === 'sqs') json('com.amazonaws.sqs#RequestThrottled');
  else json('com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException');
}

/** Which alert or notice a message is about. */
function nameOf(body: Buffer): string {
  const { sqs } = JSON.parse(new URLSearchParams(body.toString()).get('Message')!) as { readonly sqs: string };
  return messageName(JSON.parse(sqs) as MachineMessage);
}

/** What is published, as machines get it. */
export interface MachineMessage {
  readonly regionsweep: {
    readonly kind: string;
    readonly alert_id?: string;
    readonly actor?: string;
    readonly window?: { readonly start: string };
    readonly interval?: { readonly start: string; readonly end: string };
  };
}

export function messageName({ regionsweep: { kind, alert_id: alertId, interval } }: MachineMessage): string {
  return `${kind} ${alertId ?? interval?.start}`;
}
