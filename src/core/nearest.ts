/** What somebody most likely meant to write. Pure. */
import { closest, distance } from 'fastest-levenshtein';

/** The known word that `word` is most likely meant to be, or null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0 || word.length > 40) return null;
  const near = closest(word, [...known]);
  return distance(word, near) <= Math.max(2, Math.floor(near.length / 3)) ? near : null;
}
