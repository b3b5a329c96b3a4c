/** The package's own, where there is no `package.json` to be read in the same place from source, build and bundle. */
export const VERSION = '0.1.0';
