/**
 * Errors of regionsweep. Each message says what went wrong, where, and what to do; `cause` keeps what was thrown
 * below. SDK and Node errors become one of these at the adapter that met them. Each class says its name itself: the one it
 * is declared by is shortened where the function is bundled.
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

/** The credentials are absent, expired or wrong: no other object can be read with them either. */
export class CredentialsError extends ObjectReadError {
  static override readonly name: string = 'CredentialsError';
}

/** The object does not exist any more. */
export class ObjectGoneError extends ObjectReadError {
  static override readonly name: string = 'ObjectGoneError';
}

/** An object or a file cannot be written. */
export class ObjectWriteError extends RegionsweepError {
  static override readonly name: string = 'ObjectWriteError';
}

/** The deployed stack cannot be described, or is not one of regionsweep. */
export class StackError extends RegionsweepError {
  static override readonly name: string = 'StackError';
}

/** Something of the account that a command asks about cannot be looked up. */
export class LookupError extends RegionsweepError {
  static override readonly name: string = 'LookupError';
}

/** The object's bytes are no complete gzip stream, or are more than the limit once inflated. */
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

/** Our own code failed over an object: what came before in it still counts, and the object has failed. */
export class DefectError extends RegionsweepError {
  static override readonly name: string = 'DefectError';
}

/** An object was left, unread or half read, since whoever asked for it wants no more. */
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

/** A message that is no known notification, or one that is not accepted from its sender. */
export class NotificationError extends RegionsweepError {
  static override readonly name: string = 'NotificationError';
}

/** A direct invocation failed: thrown so that Lambda repeats it. */
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

/** A command line that cannot be run as given. */
export class UsageError extends RegionsweepError {
  static override readonly name: string = 'UsageError';
}

/** The text of anything thrown, also of an error of another realm, for a message that carries it on. */
export function reasonOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : String(error);
}
