/** The ledger of what GitHub should be told, as the parts see it: one effect a key, taken by one publisher at a time. */
import type { Effect, EffectAction, EffectOutcome } from './effect-records.ts';
import type { Repository } from './records.ts';

/** What a new effect needs; the store adds the rest. */
export interface NewEffect {
  readonly key: string;
  readonly taskId: string | null;
  readonly repository: Repository;
  readonly action: EffectAction;
  readonly after?: string | null;
  /** Earliest time of a new revision, counted from the last sending; 0 by default. */
  readonly minIntervalMs?: number;
}

export interface EffectStore {
  /** By key: creates it, or, when the action differs from the stored one, raises the revision and makes it `planned` again (only `sticky_comment` and `check_run` may change; others keep their first action). */
  plan(effects: readonly NewEffect[]): Promise<readonly Effect[]>;
  get(id: string): Promise<Effect | null>;
  byKey(key: string): Promise<Effect | null>;
  /** Planned, due, its `after` done, or sending with a lease run out. `inDoubt`: an earlier sending's outcome is unknown. */
  claim(
    id: string,
    owner: string,
    leaseMs: number,
  ): Promise<{ readonly effect: Effect; readonly token: number; readonly inDoubt: boolean } | null>;
  /** `planned` again when a newer revision came meanwhile. False when the token is not the newest. */
  done(id: string, token: number, revision: number, outcome: EffectOutcome): Promise<boolean>;
  /** Planned again at `dueAt` (in doubt unless `sent` is 'no'); or failed for good when `dueAt` is null. */
  failed(
    id: string,
    token: number,
    failure: {
      readonly error: string;
      readonly dueAt: string | null;
      readonly sent: 'no' | 'maybe';
      /** GitHub's limits had it wait: that is no attempt. */
      readonly limited?: boolean;
    },
  ): Promise<boolean>;
  /** Ids of effects that could be claimed now and were not rung since `before`. Marks them rung. */
  due(before: string, limit: number): Promise<readonly string[]>;
  /** How many effects of an installation are planned, due or not. */
  waiting(installationId: number): Promise<number>;
  ofTask(taskId: string): Promise<readonly Effect[]>;
  /** Pull requests that the crew opened for tasks and that stand on GitHub, newest first; of one number, or of all. */
  opened(repositoryId: number, number?: number): Promise<readonly Effect[]>;
  rung(ids: readonly string[]): Promise<void>;
}
