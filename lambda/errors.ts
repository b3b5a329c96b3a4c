/**
 * Errors of regionsweep. Each message says what went wrong, where, and what to do; `cause` is the underlying error.
 * Adapters map SDK and Node errors to these. Each class states its name, because bundling shortens declared names.
 */
export abstract class RegionsweepError extends Error {
  /** the name of the class */
  override get name(): string {
    return this.constructor.name;
  }
}

/** The object cannot be read: missing file, no permission, a failed download. */
export class ObjectReadError extends RegionsweepError {
  static override readonly name: string = 'ObjectReadError';
}

/** The credentials are absent, expired or wrong: no other object can be read either. */
export class CredentialsError extends ObjectReadError {
  static override readonly name: string = 'CredentialsError';
}

/** The object no longer exists. */
export class ObjectGoneError extends ObjectReadError {
  static override readonly name: string = 'ObjectGoneError';
}

/** An object or a file cannot be written. */
export class ObjectWriteError extends RegionsweepError {
  static override readonly name: string = 'ObjectWriteError';
}

/** The deployed stack cannot be described, or is not one of regionsweep's. */
export class StackError extends RegionsweepError {
  static override readonly name: string = 'StackError';
}

/** A resource of the account cannot be looked up. */
export class LookupError extends RegionsweepError {
  static override readonly name: string = 'LookupError';
}

/** The object is not a complete gzip stream, or inflates to more than the limit. */
export class InflateError extends RegionsweepError {
  static override readonly name: string = 'InflateError';
}

/** The inflated text is no CloudTrail document, or is cut short. `offset` counts inflated bytes from 0. */
export class DocumentError extends RegionsweepError {
  static override readonly name: string = 'DocumentError';

  constructor(
    message: string,
    readonly offset: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Our code failed on an object: the object fails, and its records before that still count. */
export class DefectError extends RegionsweepError {
  static override readonly name: string = 'DefectError';
}

/** Reading was cancelled by the caller. */
export class AbandonedError extends RegionsweepError {
  static override readonly name: string = 'AbandonedError';
}

/** The state store cannot be reached, or refuses. */
export class StateStoreError extends RegionsweepError {
  static override readonly name: string = 'StateStoreError';
}

/** An alert or a control message cannot be sent. */
export class SendError extends RegionsweepError {
  static override readonly name: string = 'SendError';
}

/** The message is not a known notification, or not accepted from its sender. */
export class NotificationError extends RegionsweepError {
  static override readonly name: string = 'NotificationError';
}

/** A direct invocation failed; thrown so that Lambda retries it. */
export class InvocationError extends RegionsweepError {
  static override readonly name: string = 'InvocationError';
}

/** A parameter of the parameter store cannot be read. */
export class ParameterError extends RegionsweepError {
  static override readonly name: string = 'ParameterError';
}

/** A setting is missing or out of range. */
export class ConfigurationError extends RegionsweepError {
  static override readonly name: string = 'ConfigurationError';
}

/** The command line is wrong. */
export class UsageError extends RegionsweepError {
  static override readonly name: string = 'UsageError';
}

/** The text of anything thrown, including errors of another realm, for use in a message. */
export function reasonOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : String(error);
}
