/** Packs the files of a change into groups that each fit into one briefing, neighbours together. Pure; the same files always give the same groups. */
import type { SurveyedFile } from '../result-records.ts';

/** The most that a reviewer is shown of one file's diff. */
export const FILE_MAX_CHARS = 120_000;
/** Of diffs in one group. */
export const GROUP_MAX_CHARS = 240_000;
export const GROUP_MAX_FILES = 500;
export const GROUPS_MAX = 8;

interface Group {
  readonly files: SurveyedFile[];
  chars: number;
}

/** `left` are those for which no group had room. */
export function packFiles(files: readonly SurveyedFile[]): {
  readonly packed: readonly (readonly SurveyedFile[])[];
  readonly left: readonly SurveyedFile[];
} {
  const groups: Group[] = [];
  const left: SurveyedFile[] = [];
  for (const file of byFolder(files)) {
    const group = groupFor(groups, shownChars(file));
    if (group === null) {
      left.push(file);
      continue;
    }
    group.files.push(file);
    group.chars += shownChars(file);
  }
  return { packed: groups.map((group) => group.files), left };
}

/** The newest group, so that neighbours stay together, or a new one; when there may be no more, the first that has room. */
function groupFor(groups: Group[], chars: number): Group | null {
  const newest = groups.at(-1);
  if (newest !== undefined && hasRoom(newest, chars)) return newest;
  if (groups.length < GROUPS_MAX) {
    const group = { files: [], chars: 0 };
    groups.push(group);
    return group;
  }
  return groups.find((group) => hasRoom(group, chars)) ?? null;
}

function hasRoom(group: Group, chars: number): boolean {
  return group.files.length < GROUP_MAX_FILES && group.chars + chars <= GROUP_MAX_CHARS;
}

function shownChars({ chars }: SurveyedFile): number {
  return Math.min(chars ?? FILE_MAX_CHARS, FILE_MAX_CHARS);
}

/** A folder's files stand together, and folders beside those within them. */
function byFolder(files: readonly SurveyedFile[]): readonly SurveyedFile[] {
  const keyed = files.map((file) => ({ file, key: placeOf(file.path) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ file }) => file);
}

/** Sorts before everything that a name may hold: first between folders, twice before the name. */
const BEFORE_ALL = '\0';

function placeOf(path: string): string {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  return `${folders.join(BEFORE_ALL)}${BEFORE_ALL}${BEFORE_ALL}${name}`;
}
