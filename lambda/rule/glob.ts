/**
 * Matches a whole text: `*` stands for any number of characters, `?` for one, everything else for itself, brackets and
 * braces too. It takes at most as many steps as the pattern's length times the text's: no pattern is slow in another way.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  // Where the last star stands, and the end of what it stands for so far. An earlier star need never be tried again: it
  // already leaves the most text to the later ones.
  let star = -1;
  let covered = 0;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      covered = at;
      inPattern += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[at])) {
      inPattern += 1;
      at += 1;
    } else if (star >= 0) {
      covered += 1;
      at = covered;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** Whether a pattern holds more than wildcards: without it, it says nothing. */
export function saysSomething(pattern: string): boolean {
  return /[^*?]/.test(pattern);
}
