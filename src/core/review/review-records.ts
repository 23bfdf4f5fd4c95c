/**
 * The glossary's part on reviews: what the crew remembers of a pull request between pushes, what it learned about a
 * repository, and what a review reads. Same rules as in `records.ts`.
 */
import type { Anchor, FileCoverage, Severity, SurveyedFile } from '../result-records.ts';

/** A finding that was published, followed from push to push. One per fingerprint and pull request. */
export interface TrackedFinding {
  /** Hex; hidden in the comment on GitHub (`fingerprintMarker`), and by it the finding is recognised there. */
  readonly fingerprint: string;
  readonly repositoryId: number;
  /** Of the pull request. */
  readonly number: number;
  /** The review that said it last. */
  readonly taskId: string;
  /** Commit that was reviewed then. */
  readonly headSha: string;
  /** Who found it, the one whose words were used first. */
  readonly roles: readonly string[];
  readonly path: string;
  /** Where it was shown. Its `quote` is how it is found again when lines move. */
  readonly anchor: Anchor;
  readonly severity: Severity;
  readonly category: string;
  readonly title: string;
  readonly body: string;
  readonly state: TrackedState;
  /** Login or `crew:<role>` of whoever settled it, and why, as a sentence; null while open. */
  readonly settledBy: string | null;
  readonly reason: string | null;
}

/** `fixed`: a later commit mended it. `dismissed`: a person with write access will not have it. `withdrawn`: the crew agreed that it was wrong. */
export type TrackedState = 'open' | 'fixed' | 'dismissed' | 'withdrawn';

/** What one account asked for on one issue or pull request within the hour that began with the first of it. */
export interface Asks {
  readonly count: number;
  /** Null where there is none. */
  readonly beganAt: string | null;
}

/** How the crew watches a pull request. */
export interface Watch {
  readonly repositoryId: number;
  readonly number: number;
  /** `asked` by `/crew pause`, `automatic` after too many pushes without a person in between; null: reviews follow pushes. */
  readonly paused: 'asked' | 'automatic' | null;
  readonly pausedBy: string | null;
  /** Heads pushed since a person last spoke there, oldest first, each once. */
  readonly pushedHeads: readonly string[];
}

/** What the crew learned about a repository, with where it learned it. */
export interface Memory {
  /** Short, for people to type: 8 lower-case letters and digits, unique in the repository. */
  readonly id: string;
  readonly repositoryId: number;
  readonly kind: MemoryKind;
  /** One sentence that stands alone. */
  readonly text: string;
  /** File that it was learned on. */
  readonly path: string | null;
  readonly evidence: MemoryEvidence;
  /** Times that it was put into a briefing. */
  readonly uses: number;
  readonly createdAt: string;
  readonly usedAt: string | null;
  readonly expiresAt: string;
}

/** `dismissed`: such findings are not wanted. `valued`: they are. `lesson`: what a person taught in a reply. */
export type MemoryKind = 'dismissed' | 'valued' | 'lesson';

export interface MemoryEvidence {
  /** Login of the person. */
  readonly by: string;
  /** Of the pull request. */
  readonly number: number;
  readonly url: string | null;
  /** What was said, or done: `resolved the thread`. At most 500 characters. */
  readonly quote: string;
}

/** The thread of a finding as it stands on GitHub. Only threads that our own App began. */
export interface ReviewThread {
  /** GraphQL node id. */
  readonly id: string;
  readonly fingerprint: string;
  /** The comment that began it. */
  readonly commentId: number;
  readonly url: string | null;
  readonly outdated: boolean;
  readonly resolved: boolean;
  /** Null unless a person with write access resolved it. */
  readonly resolvedBy: string | null;
  /** Whether any person at all, writer or not, wrote in it. */
  readonly humanReplied: boolean;
  /** Ours, and those by people with write access; oldest first. */
  readonly comments: readonly ThreadComment[];
  /** Logins with write access that reacted to the finding's comment. */
  readonly likedBy: readonly string[];
  readonly dislikedBy: readonly string[];
}

export interface ThreadComment {
  readonly id: number;
  readonly author: string;
  readonly ours: boolean;
  readonly body: string;
  readonly createdAt: string;
}

/** What the first step of a review found out; everything after it goes by this and not by what changed meanwhile. */
export interface Survey {
  /** Every file that the pull request changes. */
  readonly files: readonly SurveyedFile[];
  /** What is to be read of each of them, and why not more; one entry a file, in the order of `files`. */
  readonly manifest: readonly FileCoverage[];
  /** Files that are read now, in parts that each fit into one briefing; empty when there is nothing to read. */
  readonly groups: readonly FileGroup[];
  /** The review that this one goes on from: files that did not change since it are not read again. */
  readonly since: { readonly taskId: string; readonly headSha: string } | null;
  /** Findings of earlier reviews of this pull request, at the place where they stand now. */
  readonly earlier: readonly EarlierFinding[];
  /** Rules of directories, nearest first wins; deepest directory first. */
  readonly directories: readonly DirectoryRules[];
  readonly memories: readonly RecalledMemory[];
  /** What is wrong with a directory's rules, and what a limit of the survey left out, as sentences for people. */
  readonly problems: readonly string[];
}

export interface FileGroup {
  /** From 1. */
  readonly index: number;
  readonly paths: readonly string[];
  /** Names of the roles that read it. */
  readonly reviewers: readonly string[];
}

export interface EarlierFinding {
  readonly finding: TrackedFinding;
  /** The anchored lines as they stand at the new head; null when they are gone. */
  readonly now: Extract<Anchor, { kind: 'inline' }> | null;
  /** What its file is called now, where that is another name than the finding's. */
  readonly path?: string;
  /** Whether its file changed since the earlier review, so that it is judged again; also where it left the pull request (`now` is null then). */
  readonly reread: boolean;
}

/** `<dir>/.crew.yml` at the base: what it says replaces the repository's `review` for files below it. */
export interface DirectoryRules {
  /** Without a slash at the end. */
  readonly dir: string;
  readonly severity: Severity | null;
  readonly maxComments: number | null;
  /** Globs relative to `dir`; null: not set there. */
  readonly paths: readonly string[] | null;
  readonly pathInstructions: readonly PathInstruction[] | null;
}

/** What a repository asks of reviewers of some files. */
export interface PathInstruction {
  /** Glob. */
  readonly path: string;
  readonly instructions: string;
}

export type RecalledMemory = Pick<Memory, 'id' | 'kind' | 'text' | 'path'>;

/** A finding that would be published, on its way through the second look. */
export interface Candidate {
  /** `C1`, `C2`, … within its group. */
  readonly id: string;
  readonly roles: readonly string[];
  readonly path: string;
  readonly anchor: Anchor;
  readonly severity: Severity;
  readonly category: string;
  readonly title: string;
  readonly body: string;
  readonly evidence: string;
}
