/** Apart from the schema itself, which takes longer to load than a small replay takes. */

/** Goes up by one in front when a field changes its meaning or goes, behind when one is added. */
export const SCHEMA_VERSION = '1.2';
