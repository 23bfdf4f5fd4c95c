/** How directories of a repository want to be reviewed: their `.crew.yml` at the base commit, for a pull request's head is its author's word. */
import { DIRECTORY_RULES_FILE, parseDirectoryRules } from '../core/directory-rules.ts';
import type { ConfigProblem } from '../core/repo-config-yaml.ts';
import type { SurveyedFile } from '../core/result-records.ts';
import type { DirectoryRules } from '../core/review/review-records.ts';
import type { Workspace } from '../core/workspace-ports.ts';

/** Those nearest to the root are looked into: their rules hold for the most files. */
const DIRECTORIES_MAX = 50;
const PROBLEMS_MAX = 20;

export interface ReadDirectories {
  /** Deepest first. */
  readonly directories: readonly DirectoryRules[];
  /** As sentences for people. */
  readonly problems: readonly string[];
}

export async function readDirectories(
  workspace: Pick<Workspace, 'show'>,
  baseSha: string,
  files: readonly SurveyedFile[],
): Promise<ReadDirectories> {
  const all = directoriesAbove(files);
  const directories: DirectoryRules[] = [];
  const problems: string[] = [];
  for (const dir of all.slice(0, DIRECTORIES_MAX)) {
    const path = `${dir}/${DIRECTORY_RULES_FILE}`;
    const parsed = parseDirectoryRules(await workspace.show(baseSha, path), dir);
    if (parsed.rules !== null) directories.push(parsed.rules);
    problems.push(...parsed.problems.map((problem) => sentence(path, problem)));
  }
  const unseen = all.length - DIRECTORIES_MAX;
  const cut = `${unseen} of the ${all.length} folders that changed were not asked for a ${DIRECTORY_RULES_FILE}: at most ${DIRECTORIES_MAX} are.`;
  return {
    directories: directories.reverse(),
    problems: bounded(unseen > 0 ? [cut, ...problems] : problems),
  };
}

/** Each once, those nearest to the root first; not the root, whose rules are the repository's own. */
function directoriesAbove(files: readonly SurveyedFile[]): readonly string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      found.add(path.slice(0, end));
    }
  }
  return [...found].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}

function depth(dir: string): number {
  return dir.split('/').length;
}

function sentence(path: string, { line, key, message, remedy }: ConfigProblem): string {
  const where = key === '' ? `${path}, line ${line}` : `${path}, line ${line}, ${key}`;
  return `${where}: ${message}; ${remedy}.`;
}

function bounded(problems: readonly string[]): readonly string[] {
  const rest = problems.length - PROBLEMS_MAX;
  return rest > 0
    ? [...problems.slice(0, PROBLEMS_MAX), `And ${rest} more problems of this kind.`]
    : problems;
}
