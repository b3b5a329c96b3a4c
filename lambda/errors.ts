/**
 * Errors of regionsweep. Each message says what went wrong, where, and what to do; `cause` keeps what was thrown
 * below. SDK and Node errors become one of these at the adapter that met them.
 */
export abstract class RegionsweepError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** The object cannot be had: missing file, no permission, a failed download. */
export class ObjectReadError extends RegionsweepError {}

/** The object is there no more. */
export class ObjectGoneError extends ObjectReadError {}

/** An object or a file of our own cannot be written. */
export class ObjectWriteError extends RegionsweepError {}

/** The deployed stack cannot be asked for, or is not one of ours. */
export class StackError extends RegionsweepError {}

/** The object's bytes are no whole gzip stream, or are more than the limit once inflated. */
export class InflateError extends RegionsweepError {}

/** The inflated text is not a CloudTrail document, or is cut short. `offset` counts inflated bytes from 0. */
export class DocumentError extends RegionsweepError {
  constructor(
    message: string,
    readonly offset: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Our own code failed over an object: what came before in it still counts, and the object has failed. */
export class DefectError extends RegionsweepError {}

/** The ledger cannot be reached, or refuses. */
export class LedgerError extends RegionsweepError {}

/** An alert or a message of our own cannot be sent. */
export class SendError extends RegionsweepError {}

/** A message that is no notice this tool knows, or is one that cannot be taken from its sender. */
export class NotificationError extends RegionsweepError {}

/** A direct invocation that failed: thrown so that Lambda repeats it. */
export class InvocationError extends RegionsweepError {}

/** A parameter of the parameter store cannot be read. */
export class ParameterError extends RegionsweepError {}

/** A setting is missing or out of range. */
export class ConfigurationError extends RegionsweepError {}

/** A command line that cannot be carried out as given. */
export class UsageError extends RegionsweepError {}

/** The text of anything thrown, also of an error of another realm, for a message that carries it on. */
export function reasonOf(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : String(error);
}
