/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object; its keys are written in the order they were set. */
export interface JsonObject {
  readonly [key: string]: Json;
}
