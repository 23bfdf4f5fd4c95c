// The rules that a repository writes down for whoever changes it: at its root for all of it, and for the files in hand the
// nearest AGENTS.md above each, as agents elsewhere read them (https://agents.md).
import type { RuleFile } from './context-block.ts';

/** Reads the repository at one trusted commit. */
export interface RepositoryFiles {
  /** Text of a file, or null. */
  show(path: string): Promise<string | null>;
  /** Names in a folder, without those of its folders' contents; empty when there is none. */
  list(folder: string): Promise<readonly string[]>;
}

const ROOT_FILES = ['AGENTS.md', 'CLAUDE.md', 'CONTRIBUTING.md'] as const;
const NEAREST_FILE = 'AGENTS.md';
/** Folders in which a nearer AGENTS.md is looked for, those of most files first; each costs two calls of git. */
export const LOOKED_IN_MAX = 120;

/** The root's rules first, then those of folders by their path. What was not looked for becomes a problem. */
export async function readRules(
  files: RepositoryFiles,
  paths: readonly string[],
  problems: string[],
): Promise<readonly RuleFile[]> {
  const root = await Promise.all(ROOT_FILES.map((path) => read(files, path)));
  const nearest = new Map<string, RuleFile>();
  const looked = new Map<string, RuleFile | null>();
  let notLooked = 0;
  for (const folder of foldersOf(paths)) {
    for (const dir of upwards(folder)) {
      if (!looked.has(dir)) {
        if (looked.size >= LOOKED_IN_MAX) {
          notLooked += 1;
          break;
        }
        looked.set(dir, await read(files, `${dir}/${NEAREST_FILE}`));
      }
      const found = looked.get(dir) ?? null;
      if (found === null) continue;
      nearest.set(found.path, found);
      break;
    }
  }
  if (notLooked > 0) {
    problems.push(
      `The ${NEAREST_FILE} of ${notLooked} folders were not looked for: over the limit of ${LOOKED_IN_MAX}.`,
    );
  }
  const below = [...nearest.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return [...root.filter((file) => file !== null), ...below];
}

async function read(files: RepositoryFiles, path: string): Promise<RuleFile | null> {
  const text = await files.show(path);
  return text === null || text.trim() === '' ? null : { path, text };
}

/** Folders of the files, the root left out; those of most files first, then by name. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const filesIn = new Map<string, number>();
  for (const path of paths) {
    const folder = path.split('/').slice(0, -1).join('/');
    if (folder !== '') filesIn.set(folder, (filesIn.get(folder) ?? 0) + 1);
  }
  const folders = [...filesIn].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return folders.map(([folder]) => folder);
}

/** The folder itself, then each above it, up to below the root. */
function upwards(folder: string): readonly string[] {
  const names = folder.split('/');
  return names.map((_, at) => names.slice(0, names.length - at).join('/'));
}
