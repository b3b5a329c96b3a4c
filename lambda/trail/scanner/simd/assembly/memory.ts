/** What lies where in the memory. The host finds the places of the first page by their names. */

/** What a skim came to: records passed, the address where it stopped, the address behind a suspect. */
export const RESULT: usize = 0;
export const NEEDLE: usize = 64;
/** A byte may stand between strings when the entries of its two halves have a bit in common. */
export const LOW_HALVES: usize = 192;
export const HIGH_HALVES: usize = 208;
/** 1 for each byte that may follow a backslash. */
export const ESCAPES: usize = 256;
/** 1 for each byte behind `\u00` with which the escape may spell a character of the needle. */
export const HIDING: usize = 512;
/** Vectors of one repeated byte. As constants in the code they would be built anew in each turn of the loop. */
export const REPEATED: usize = 768;
/** Closing brackets still owed, outermost first. */
export const OWED: usize = 4096;
export const OWED_END: usize = 32768;

/** Where the bytes to skim lie. A page behind it stays free: vectors are read beyond the last byte. */
export const AREA: usize = 65536;
export const AREA_LENGTH: usize = 1048576;
