/**
 * Errors of regionsweep. Each message says what went wrong, where, and what to do; `cause` is the underlying error.
 * Adapters map SDK and Node errors to these. Bundling shortens declared names, so each class is given its own.
 */
export abstract class RegionsweepError extends Error {}

type Class = abstract new (message?: string, options?: ErrorOptions) => RegionsweepError;

/** The base of a class of errors: states the name of the class. */
export function named(name: string, Base: Class = RegionsweepError): Class {
  return class extends Base {
    override get name(): string {
      return name;
    }
  };
}

/** The object cannot be read: missing file, no permission, a failed download. */
export class ObjectReadError extends named('ObjectReadError') {}

/** The credentials are absent, expired or wrong: no other object can be read either. */
export class CredentialsError extends named('CredentialsError', ObjectReadError) {}

/** The object no longer exists. */
export class ObjectGoneError extends named('ObjectGoneError', ObjectReadError) {}

/** An object or a file cannot be written. */
export class ObjectWriteError extends named('ObjectWriteError') {}

/** The deployed stack cannot be described, or is not one of regionsweep's. */
export class StackError extends named('StackError') {}

/** A resource of the account cannot be looked up. */
export class LookupError extends named('LookupError') {}

/** The object is not a complete gzip stream, or inflates to more than the limit. */
export class InflateError extends named('InflateError') {}

/** The inflated text is no CloudTrail document, or is cut short. */
export class DocumentError extends named('DocumentError') {}

/** Our code failed on an object: the object fails, and its records before that still count. */
export class DefectError extends named('DefectError') {}

/** Reading was cancelled by the caller. */
export class AbandonedError extends named('AbandonedError') {}

/** The state store cannot be reached, or refuses. */
export class StateStoreError extends named('StateStoreError') {}

/** An alert or a control message cannot be sent. */
export class SendError extends named('SendError') {}

/** The message is not a known notification, or not accepted from its sender. */
export class NotificationError extends named('NotificationError') {}

/** A direct invocation failed; thrown so that Lambda retries it. */
export class InvocationError extends named('InvocationError') {}

/** A parameter of the parameter store cannot be read. */
export class ParameterError extends named('ParameterError') {}

/** A setting is missing or out of range. */
export class ConfigurationError extends named('ConfigurationError') {}

/** The command line is wrong. */
export class UsageError extends named('UsageError') {}

/** The text of anything thrown, including errors of another realm, for use in a message. */
export function reasonOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : String(error);
}
