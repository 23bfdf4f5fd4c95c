/**
 * What a review reads of a change, and who reads it: every changed file has one entry in the manifest, and what is read now is
 * in one group of files that fits into a briefing. Pure and total.
 */

import { chooses, owns } from '../path-filter.ts';
import type { TaskConfig } from '../request-records.ts';
import type { FileCoverage, Severity, SurveyedFile } from '../result-records.ts';
import type { Role } from '../roles.ts';
import { FILE_MAX_CHARS, packFiles } from './file-groups.ts';
import type { DirectoryRules, FileGroup, PathInstruction } from './review-records.ts';
import { reviewersOf, spansAreas } from './reviewers.ts';
import { skipReason } from './skip-reason.ts';

/** What an earlier review of the same pull request planned to read, and read. */
export interface EarlierReading {
  readonly files: readonly SurveyedFile[];
  readonly manifest: readonly FileCoverage[];
  readonly headSha: string;
}

export interface ReadingPlan {
  /** One entry a file, in their order. */
  readonly manifest: readonly FileCoverage[];
  readonly groups: readonly FileGroup[];
}

type ReviewConfig = Pick<
  TaskConfig,
  'reviewSeverity' | 'reviewMaxComments' | 'paths' | 'pathInstructions' | 'roles'
>;

interface PlanRequest {
  readonly files: readonly SurveyedFile[];
  readonly roles: readonly Role[];
  readonly config: ReviewConfig;
  /** Deepest first. */
  readonly directories: readonly DirectoryRules[];
  readonly earlier: EarlierReading | null;
}

const LEFT_OUT_BY_PATHS = 'left out by the paths in the configuration';
export const TOO_LARGE = 'too large to be read';
const OVER_GROUPS = 'over the limit of what one review reads';
const NOBODY = 'no specialist that is enabled here reviews it';
const CUT = `over ${FILE_MAX_CHARS.toLocaleString('en')} characters: only its beginning is read`;
const CARRIED = /(?:^|, )unchanged since ([0-9a-f]{7})$/;

export function planReading({ files, roles, config, directories, earlier }: PlanRequest): ReadingPlan {
  const enabled = roles.filter((role) => config.roles.includes(role.name));
  const carried = carriedOver(earlier);
  const planned = new Map<string, FileCoverage>();
  for (const file of files) {
    const skipped = whySkipped(file, config, directories);
    const entry = skipped === null ? (carried.get(file.digest) ?? readNow(file)) : skip(file, skipped);
    planned.set(file.path, { ...entry, path: file.path });
  }
  const wanted = files.filter((file) => isReadNow(planned.get(file.path)));
  const { packed, left } = packFiles(wanted);
  for (const file of left) planned.set(file.path, skip(file, OVER_GROUPS));
  const acrossAreas = spansAreas(wanted, enabled);
  const groups: FileGroup[] = [];
  for (const group of packed) {
    const reviewers = reviewersOf(group, enabled, acrossAreas);
    if (reviewers.length === 0) for (const file of group) planned.set(file.path, skip(file, NOBODY));
    else groups.push({ index: groups.length + 1, paths: group.map((file) => file.path), reviewers });
  }
  return { manifest: [...planned.values()], groups };
}

/**
 * The commit (7 digits) at which a file was read whose change is the same now, so that it is not read again; null for any
 * other entry. Its reason ends in `unchanged since <commit>`; before it stands why it was read in part then.
 */
export function carriedSince({ read, reason }: FileCoverage): string | null {
  return read === 'skipped' ? null : (CARRIED.exec(reason ?? '')?.[1] ?? null);
}

/** By digest, which names the path as well. */
function carriedOver(earlier: EarlierReading | null): ReadonlyMap<string, FileCoverage> {
  if (earlier === null) return new Map();
  const since = `unchanged since ${earlier.headSha.slice(0, 7)}`;
  const then = new Map(earlier.manifest.map((entry) => [entry.path, entry]));
  return new Map(
    earlier.files.flatMap(({ path, digest }): [string, FileCoverage][] => {
      const entry = then.get(path);
      if (entry === undefined || entry.read === 'skipped') return [];
      if (carriedSince(entry) !== null) return [[digest, entry]];
      return [[digest, { ...entry, reason: entry.reason === null ? since : `${entry.reason}, ${since}` }]];
    }),
  );
}

function isReadNow(entry: FileCoverage | undefined): boolean {
  return entry !== undefined && entry.read !== 'skipped' && carriedSince(entry) === null;
}

function whySkipped(
  file: SurveyedFile,
  config: ReviewConfig,
  directories: readonly DirectoryRules[],
): string | null {
  const above = rulesAbove(file.path, directories);
  if (!isIncluded(file.path, config.paths, above)) return LEFT_OUT_BY_PATHS;
  return skipReason(file) ?? (file.chars === null ? TOO_LARGE : null);
}

function readNow({ path, chars }: SurveyedFile): FileCoverage {
  const cut = (chars ?? 0) > FILE_MAX_CHARS;
  return cut ? { path, read: 'part', reason: CUT } : { path, read: 'full', reason: null };
}

function skip({ path }: SurveyedFile, reason: string): FileCoverage {
  return { path, read: 'skipped', reason };
}

/** What holds for one path: the repository's settings, with those of the nearest directory over them, key by key. */
export interface PathSettings {
  readonly severity: Severity;
  readonly maxComments: number;
  /** Whether the `paths` that hold here choose it. */
  readonly included: boolean;
  /** Those whose glob matches, in the order in which they stand; globs as seen from the repository's root. */
  readonly instructions: readonly PathInstruction[];
}

/** `directories` deepest first, as in a survey. A directory's list takes the place of its parent's. */
export function settingsFor(
  path: string,
  config: Omit<ReviewConfig, 'roles'>,
  directories: readonly DirectoryRules[],
): PathSettings {
  const above = rulesAbove(path, directories);
  return {
    severity: above.find((rules) => rules.severity !== null)?.severity ?? config.reviewSeverity,
    maxComments: above.find((rules) => rules.maxComments !== null)?.maxComments ?? config.reviewMaxComments,
    included: isIncluded(path, config.paths, above),
    instructions: instructionsFor(path, config.pathInstructions, above),
  };
}

function rulesAbove(path: string, directories: readonly DirectoryRules[]): readonly DirectoryRules[] {
  return directories.filter(({ dir }) => path.startsWith(`${dir}/`));
}

function isIncluded(path: string, ofRepository: readonly string[], above: readonly DirectoryRules[]) {
  for (const { dir, paths } of above) {
    if (paths !== null) return chooses(paths, below(dir, path));
  }
  return chooses(ofRepository, path);
}

function instructionsFor(
  path: string,
  ofRepository: readonly PathInstruction[],
  above: readonly DirectoryRules[],
): readonly PathInstruction[] {
  for (const { dir, pathInstructions } of above) {
    if (pathInstructions === null) continue;
    return pathInstructions
      .filter((one) => matches(one, below(dir, path)))
      .map((one) => ({ ...one, path: `${dir}/${one.path}` }));
  }
  return ofRepository.filter((one) => matches(one, path));
}

const globs = new WeakMap<PathInstruction, readonly string[]>();

/** A list that stays the same is compiled once. */
function matches(instruction: PathInstruction, path: string): boolean {
  const glob = globs.get(instruction) ?? [instruction.path];
  globs.set(instruction, glob);
  return owns(glob, path);
}

function below(dir: string, path: string): string {
  return path.slice(dir.length + 1);
}
