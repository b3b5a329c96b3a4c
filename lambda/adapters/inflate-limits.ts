/** Sizes in bytes that bound what inflating one object may take. */

export const MIB = 1024 * 1024;

/** Most output of one object in the command line, where memory is the user's own. */
export const CLI_OUTPUT_LIMIT = 1024 * MIB;

/** Largest piece that an engine gives out, and the largest output that is inflated in one call. */
export const PIECE_MOST = 4 * MIB;

/** What an engine may hold beyond the caller's limit: gathered input, pieces, the inflater's own state. */
export const HELD_BEYOND_LIMIT = 64 * MIB;

/** Deflate's maximum: one stored byte cannot become more output than this. */
export const DEFLATE_RATIO_MOST = 1032;
