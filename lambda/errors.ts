/**
 * Errors of regionsweep. Each message says what went wrong, where, and what to do; `cause` is the underlying error.
 * Adapters map SDK and Node errors to these. A class of its own has what somebody tells apart.
 */
export class RegionsweepError extends Error {}

/** The object cannot be read: missing file, no permission, a failed download. */
export class ObjectReadError extends RegionsweepError {}

/** The credentials are absent, expired or wrong: no other object can be read either. */
export class CredentialsError extends ObjectReadError {}

/** The object no longer exists. */
export class ObjectGoneError extends ObjectReadError {}

/** The object is not a complete gzip stream, or inflates to more than the limit. */
export class InflateError extends RegionsweepError {}

/** The inflated text is no CloudTrail document, or is cut short. */
export class DocumentError extends RegionsweepError {}

/** A service cannot be reached, refuses a request, or gives an answer that is not as expected. */
export class ServiceError extends RegionsweepError {}

/** Reading was cancelled by the caller. */
export class AbandonedError extends RegionsweepError {}

/** Nothing is wrong with the message, but it must come back. */
export class DeferredError extends RegionsweepError {}

/** The message is not a known notification, or not accepted from its sender. */
export class NotificationError extends RegionsweepError {}

/** A setting is missing or out of range. */
export class ConfigurationError extends RegionsweepError {}

/** The command line is wrong. */
export class UsageError extends RegionsweepError {}

const NAMED = {
  ...{ RegionsweepError, ObjectReadError, CredentialsError, ObjectGoneError, InflateError, DocumentError },
  ...{ ServiceError, AbandonedError, DeferredError, NotificationError, ConfigurationError, UsageError },
};

// Logs and Lambda's reports show names, and bundling shortens declared ones.
for (const [name, { prototype }] of Object.entries(NAMED)) prototype.name = name;

/** The text of anything thrown, including errors of another realm, for use in a message. */
export function reasonOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : String(error);
}
