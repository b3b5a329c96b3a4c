import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { RunningFunction } from '../e2e/emulated-world';
import { FunctionProcess } from '../e2e/function-process';
import type { StackFacts } from '../e2e/stack';
import type { Faults, Run } from './faults';
import { FaultyProxy } from './faulty-proxy';

/** An execution environment whose requests fail, and which is killed and made anew. */
export class UnreliableFunction implements RunningFunction {
  ahead = 0;
  readonly runs: Run[] = [];
  /** of one message */
  mostReceives = 0;
  private run: Run | undefined;
  private process: FunctionProcess | undefined;
  private readonly proxy: FaultyProxy;
  private variables: Readonly<Record<string, string>>;
  private readonly lines: string[] = [];

  constructor(
    private readonly index: number,
    private readonly stack: StackFacts,
    variables: Readonly<Record<string, string>>,
    private readonly faults: Faults,
  ) {
    const targets = { aws: variables.AWS_ENDPOINT_URL_SQS!, dynamoDb: variables.AWS_ENDPOINT_URL_DYNAMODB! };
    this.variables = variables;
    this.proxy = new FaultyProxy(
      targets,
      faults,
      () => this.run,
      () => this.end('killed'),
    );
  }

  async started(): Promise<number> {
    const url = await this.proxy.listen();
    const endpoints = ['S3', 'SQS', 'SNS', 'DYNAMODB'].map((service) => [`AWS_ENDPOINT_URL_${service}`, url]);
    this.variables = { ...this.variables, ...Object.fromEntries(endpoints) };
    return this.restart();
  }

  /** An invocation that is ended fails all its messages: nobody deletes them. */
  async invoke(event: SQSEvent, lineage?: number): Promise<SQSBatchResponse> {
    const nothing = { batchItemFailures: event.Records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    const receives = event.Records.map(({ attributes }) => Number(attributes.ApproximateReceiveCount));
    this.mostReceives = Math.max(this.mostReceives, ...receives);
    const run: Run = { function: this.index, faults: [], published: [], end: 'running' };
    this.runs.push(run);
    this.run = run;
    this.process!.ahead = this.ahead;
    const timer = setTimeout(() => this.end('timed out'), this.stack.function.timeoutSeconds * 1000);
    try {
      const answer = await this.process!.invoke(event, lineage);
      run.end = 'done';
      const fault = this.faults.ofInvocation();
      if (fault === undefined) return answer;
      run.faults.push({ at: performance.now(), kind: fault });
      return nothing;
    } catch (error) {
      // Only what was ended may end.
      if (run.end === 'running') throw error;
      await this.restart();
      return nothing;
    } finally {
      clearTimeout(timer);
      this.run = undefined;
    }
  }

  get log(): readonly string[] {
    return [...this.lines, ...(this.process?.log ?? [])];
  }

  async close(): Promise<void> {
    await this.process?.close();
    this.proxy.close();
  }

  private end(how: Run['end']): void {
    if (this.run?.end !== 'running') return;
    this.run.end = how;
    this.process!.kill();
  }

  private restart(): Promise<number> {
    this.lines.push(...(this.process?.log ?? []));
    this.process = new FunctionProcess(this.stack, this.variables);
    return this.process.started();
  }
}
