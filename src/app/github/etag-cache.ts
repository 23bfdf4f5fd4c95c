/** Answers kept with their ETag, so that asking again costs nothing of the rate limit. Bounded; the least used goes first. */

const ENTRIES_MAX = 500;
const CHARS_MAX = 16 * 1024 * 1024;

export interface Tagged {
  readonly etag: string;
  readonly text: string;
}

export interface EtagCache {
  get(key: string): Tagged | null;
  set(key: string, value: Tagged): void;
}

export function createEtagCache(): EtagCache {
  const entries = new Map<string, Tagged>();
  let chars = 0;

  function drop(key: string): void {
    chars -= entries.get(key)?.text.length ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      // A Map keeps the order of insertion: the entry that was just used goes last.
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    },
    set(key, value) {
      drop(key);
      entries.set(key, value);
      chars += value.text.length;
      for (const oldest of entries.keys()) {
        if (entries.size <= ENTRIES_MAX && chars <= CHARS_MAX) break;
        drop(oldest);
      }
    },
  };
}
