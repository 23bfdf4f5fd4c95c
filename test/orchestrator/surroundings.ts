/** What surrounds the orchestrator in its tests, as plain objects: a clock that is moved by hand, a doorbell, a bus, and checkouts without git. */
import { createHash } from 'node:crypto';
import type { FileDiff } from '../../src/core/diff.ts';
import { ConflictError } from '../../src/core/errors.ts';
import type { Clock, Doorbell, EventBus, Job } from '../../src/core/ports.ts';
import type { AuditEvent } from '../../src/core/records.ts';
import type { SurveyedFile } from '../../src/core/result-records.ts';
import type { PatchToApply, Workspace, Workspaces } from '../../src/core/workspace-ports.ts';

export class TestClock implements Clock {
  #offsetMs = 0;
  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }
  pass(ms: number): void {
    this.#offsetMs += ms;
  }
  async sleep(): Promise<void> {}
}

export class Bell implements Doorbell {
  rings: { readonly job: Job; readonly delayMs: number }[] = [];
  /** A bell that nobody hears: every ring is lost. */
  broken = false;
  async ring(jobs: readonly Job[], { delayMs = 0 }: { readonly delayMs?: number } = {}): Promise<void> {
    if (!this.broken) this.rings.push(...jobs.map((job) => ({ job, delayMs })));
  }
}

export class MemoryBus implements EventBus {
  readonly #listeners = new Set<(event: AuditEvent) => void>();
  async publish(events: readonly AuditEvent[]): Promise<void> {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }
  async subscribe(listener: (event: AuditEvent) => void): Promise<() => Promise<void>> {
    this.#listeners.add(listener);
    return async () => void this.#listeners.delete(listener);
  }
  async close(): Promise<void> {}
  get size(): number {
    return this.#listeners.size;
  }
}

/** What the checkouts of a test hold; each may be replaced. */
export interface Checkouts {
  /** What the repository's own check exits with, of the base and of what is integrated upon it; by patches where a test says so. */
  baseExit: number;
  checkExit: number | ((patches: readonly string[]) => number);
  checkOutput: string;
  /** Keys of patches that do not fit, by the texts of those before; empty fits. */
  conflicts: (
    patches: readonly PatchToApply[],
  ) => { readonly key: string; readonly files: readonly string[] } | null;
  /** Names by folder, at every commit. */
  readonly folders: Map<string, readonly string[]>;
  /** Changed files of every pull request. */
  changed: readonly SurveyedFile[];
  /** Diffs of them, where a test looks at lines. */
  diffs: readonly FileDiff[];
  /** Texts by path, at every commit. */
  readonly texts: Map<string, string>;
  /** Paths that were looked into, and those whose diffs were asked for, in order. */
  readonly shown: string[];
  readonly compared: string[];
}

/** Checkouts whose head is told by the patches that were applied. */
export function workspacesOf(checkouts: Checkouts): Workspaces {
  return {
    async open({ patches, baseSha }) {
      const conflict = checkouts.conflicts(patches);
      if (conflict !== null) {
        const { key: subtaskKey, files } = conflict;
        throw new ConflictError(`The change of ${subtaskKey} does not fit.`, { subtaskKey, files });
      }
      const texts = patches.map((one) => one.patch);
      const { baseExit, checkExit } = checkouts;
      const integratedExit = typeof checkExit === 'number' ? checkExit : checkExit(texts);
      const workspace: Workspace = {
        dir: '/nowhere',
        headSha: patches.length === 0 ? baseSha : headOf(patches.map((one) => one.patch)),
        treeSha: headOf(patches.map((one) => one.patch)),
        commits: patches.map((one) => ({
          sha: headOf([one.patch]),
          role: one.subtaskKey,
          subject: one.message.split('\n')[0] ?? '',
          filesChanged: 1,
        })),
        skipped: [],
        sandbox: 'on',
        diff: async () => ({ patch: '', leftOut: [] }),
        list: async (_sha, folder) => checkouts.folders.get(folder) ?? [],
        log: async () => '',
        blame: async () => '',
        changedFiles: async () => checkouts.changed,
        async compare(_from, _to, paths) {
          checkouts.compared.push(...paths);
          const known = checkouts.diffs.filter((file) => paths.includes(file.path));
          const others = paths.filter((path) => known.every((file) => file.path !== path));
          return patches.length === 0 ? known : [...known, ...others.map(withoutLines)];
        },
        async show(_sha, path) {
          checkouts.shown.push(path);
          return checkouts.texts.get(path) ?? null;
        },
        bytes: async () => null,
        run: async (command) => ({
          command,
          exitCode: patches.length === 0 ? baseExit : integratedExit,
          timedOut: false,
          output: checkouts.checkOutput,
          durationMs: 5,
          sandbox: 'on',
        }),
        close: async () => {},
      };
      return workspace;
    },
    commits: () => Promise.reject(new Error('nothing is published from here')),
    push: async ({ expectedTree }) => ({ headSha: expectedTree }),
  };
}

function withoutLines(path: string): FileDiff {
  const counted = { additions: 0, deletions: 0 };
  return { path, oldPath: path, status: 'modified', binary: false, hunks: [], ...counted };
}

export function headOf(patches: readonly string[]): string {
  return createHash('sha1').update(patches.join('\n')).digest('hex');
}
