/**
 * What lies where in the memory of a scan, after the texts of the program itself. The host finds by their names the
 * places that it fills or reads.
 */

/** What the last call came to, as i32: records, the address to go on from, rows, and 1 where the document is over. */
export const RESULT: usize = 4096;
/** 1 for each byte that may stand between strings. */
export const BETWEEN: usize = 5632;
/** 1 for each byte that may follow a backslash. */
export const ESCAPES: usize = 4352;
/** 1 for each character, by its code, that an escape may spell in place of one of a literal. */
export const HIDABLE: usize = 4608;
/** Vectors of one repeated byte. As constants in the code they would be built anew in each turn of the loop. */
export const REPEATED: usize = 4864;
/** The fields of a record, where their strings begin and end, as u32 each. */
export const FIELDS: usize = 5120;
export const FIELDS_LENGTH: usize = 128;
/** Closing brackets still owed, outermost first. */
export const OWED: usize = 8192;
export const OWED_END: usize = 32768;

/** The records that were found, as i32: where they begin and end, what they are, and, of a call, its fields. */
export const ROWS: usize = 32768;
export const ROWS_LENGTH: usize = 32760;
export const ROW_SIZE: usize = 40;

/**
 * Literals that are looked for together: the first of each list by the hash of their last bytes, and for each literal,
 * counted from 1, the next of its list, as u16; their lengths as u8; and their texts.
 */
export const LISTS: usize = 65536;
export const LISTS_LENGTH: usize = 8192;
export const NEXT: usize = 73728;
export const LENGTHS: usize = 81920;
export const LITERALS: usize = 131072;
export const LITERAL_SIZE: usize = 128;

/** Where the bytes to scan lie. A page after it stays free: vectors are read beyond the last byte. */
export const INPUT: usize = 655360;
export const INPUT_LENGTH: usize = 524288;
/** So many bytes are looked at together. */
export const BLOCK: usize = 64;
