import type { StoredObject } from '../../lambda/detect/replay-objects';
import type { ObjectReadError } from '../../lambda/errors';
import type { PassedOverKind } from '../../lambda/trail/object-key';

/** Why an object is not read: it is no log, or its key names an account, a region or a day that nobody asked for. */
export type NotRead = PassedOverKind | 'not asked for';

/** What lies where a command was pointed: a log to read, something passed over, or a place that could not be looked at. */
export type Found =
  | ({ readonly kind: 'log' } & StoredObject)
  | { readonly kind: 'passed-over'; readonly as: NotRead }
  | { readonly kind: 'failure'; readonly error: ObjectReadError };
