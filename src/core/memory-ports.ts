/** The part of the store that outlives tasks: findings and watches of pull requests, memories of a repository. `store` implements it. */
import type { Asks, Memory, TrackedFinding, TrackedState, Watch } from './review/review-records.ts';

export interface PullRequestKey {
  readonly repositoryId: number;
  readonly number: number;
}

export type NewFinding = Omit<TrackedFinding, 'state' | 'settledBy' | 'reason'>;

/** Findings that were published, of each pull request. */
export interface FindingStore {
  /** In the order in which they were raised. */
  ofPull(of: PullRequestKey): Promise<readonly TrackedFinding[]>;
  get(of: PullRequestKey, fingerprint: string): Promise<TrackedFinding | null>;
  /** Open from now on, also one that was settled before. */
  raise(findings: readonly NewFinding[], actor: string): Promise<void>;
  /** False, and no change, when it is not tracked or is in that state already. */
  settle(
    of: PullRequestKey,
    fingerprint: string,
    how: { readonly state: TrackedState; readonly by: string; readonly reason: string },
  ): Promise<boolean>;
}

export interface WatchStore {
  /** Not paused and without pushes when nothing was noted yet. */
  get(of: PullRequestKey): Promise<Watch>;
  pause(of: PullRequestKey, why: 'asked' | 'automatic', by: string): Promise<void>;
  /** Forgets the pushes as well. */
  resume(of: PullRequestKey, by: string): Promise<void>;
  /** A head is counted once. */
  notePush(of: PullRequestKey, headSha: string): Promise<void>;
  /** Forgets the pushes; ends an automatic pause. */
  notePerson(of: PullRequestKey): Promise<void>;
}

/** Of one login on one issue or pull request. */
export interface AskStore {
  get(of: PullRequestKey, login: string): Promise<Asks>;
  note(of: PullRequestKey, login: string): Promise<void>;
}

export type NewMemory = Pick<Memory, 'repositoryId' | 'kind' | 'text' | 'path' | 'evidence'> & {
  /** Unique: what was learned once is not learned again. */
  readonly key: string;
};

export interface MemoryStore {
  /** No change when the key is known, also of a memory that was forgotten. */
  add(memory: NewMemory, actor: string): Promise<void>;
  /** Newest first; expired ones are not among them. */
  list(repositoryId: number, limit: number): Promise<readonly Memory[]>;
  /** False when there is none of that id. */
  forget(repositoryId: number, id: string, actor: string): Promise<boolean>;
  /** Memories that match, best first, by full text and, with `embedding`, by meaning; marks them used, which puts off their end. */
  recall(query: {
    readonly repositoryId: number;
    readonly text: string;
    readonly embedding: readonly number[] | null;
    readonly limit: number;
  }): Promise<readonly Memory[]>;
  /** Those that have no embedding yet, oldest first. */
  withoutEmbedding(repositoryId: number, limit: number): Promise<readonly Memory[]>;
  embed(repositoryId: number, id: string, embedding: readonly number[]): Promise<void>;
  /** Deletes what expired before now; answers how many. For the sweep. */
  expire(limit: number): Promise<number>;
}

/** What a task leaves behind for later ones, beside its effects. */
export interface Tracking {
  readonly raised: readonly NewFinding[];
  readonly settled: readonly (PullRequestKey & {
    readonly fingerprint: string;
    readonly state: TrackedState;
    /** `crew:<role>`, or the login of the person whose word it was. */
    readonly by: string;
    readonly reason: string;
  })[];
  readonly memories: readonly NewMemory[];
}
