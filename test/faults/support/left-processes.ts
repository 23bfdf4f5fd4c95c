/** Processes that a sandbox's commands have left, whatever they made of their environment, their folder and their name. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Those that tell of the folder of the workspaces, or of `words`: by what they inherited, by how they are called, by where they
 * are, by what they have open, or by what is mounted where they see it, which nobody in a sandbox can change.
 */
export function leftProcesses(root: string, words: readonly string[] = []): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const at = `/proc/${pid}`;
      const called = quietly(() => readFileSync(`${at}/cmdline`, 'latin1')).replaceAll('\0', ' ');
      const tells = [
        called,
        ...['environ', 'mountinfo'].map((name) => quietly(() => readFileSync(`${at}/${name}`, 'latin1'))),
        ...['cwd', 'root', 'exe'].map((name) => quietly(() => readlinkSync(`${at}/${name}`))),
        ...quietly(() => readdirSync(`${at}/fd`).join(' '))
          .split(' ')
          .map((fd) => quietly(() => readlinkSync(`${at}/fd/${fd}`))),
      ];
      const telling =
        tells.some((text) => text.includes(root)) || words.some((word) => called.includes(word));
      return telling ? [called] : [];
    });
}

/** Of one that has gone, or is another user's, nothing. */
function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
