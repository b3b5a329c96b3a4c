import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { SQSBatchResponse } from 'aws-lambda';
import { Child } from './child';
import type { StackFacts } from './stack';

/** One execution environment of the function: the bundled asset in a process, which does one thing at a time. */
export class FunctionProcess {
  private readonly child: Child;
  private turn: Promise<unknown> = Promise.resolve();
  /** seconds that its clock is set forward */
  ahead = 0;

  /** @param environment the function's variables, without those that Lambda sets itself */
  constructor(
    private readonly stack: StackFacts,
    environment: Readonly<Record<string, string>>,
  ) {
    this.child = new Child(join(__dirname, 'lambda-runtime.cjs'), [stack.asset], {
      env: { ...lambdaEnvironment(stack), ...environment },
    });
  }

  /** Milliseconds that loading the code took. @throws Error of the function when it cannot start */
  async started(): Promise<number> {
    return Number((await this.child.started()).ready);
  }

  /**
   * @param lineage invocations of the function that led to the event, this one included
   * @throws Error as the function threw it
   */
  invoke(event: unknown, lineage = 1): Promise<SQSBatchResponse> {
    const context = contextOf(this.stack);
    const seconds = this.stack.function.timeoutSeconds;
    const trace = `Root=1-65f0a1b2-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=1:fedcba98:${lineage}`;
    const { ahead } = this;
    const answer = this.turn.then(() => this.child.ask({ event, context, seconds, ahead, trace }));
    this.turn = answer.catch(() => undefined);
    return answer.then((said) => said.answer as SQSBatchResponse);
  }

  /** lines of its log */
  get log(): readonly string[] {
    return this.child.lines;
  }

  kill(): void {
    this.child.kill();
  }

  close(): Promise<void> {
    return this.child.close();
  }
}

const NAME = 'regionsweep-function';
export const REGION = 'us-east-1';

/** Source: Lambda developer guide, "Defined runtime environment variables". */
function lambdaEnvironment({ function: { memoryMiB, logLevel } }: StackFacts): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    TZ: ':UTC',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: NAME,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: logLevel,
    // The tests may run on a Node that the SDK warns of; the function's own is newer.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

function contextOf({ function: { memoryMiB } }: StackFacts) {
  return {
    awsRequestId: randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    functionName: NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:000000000000:function:${NAME}`,
    logGroupName: `/aws/lambda/${NAME}`,
    logStreamName: `2026/11/24/[$LATEST]${randomUUID().replaceAll('-', '')}`,
    memoryLimitInMB: String(memoryMiB),
  };
}
