/** The store as the core and the parts see it: Postgres, the truth. `store` implements it; only `wire.ts` joins them. */
import type { EffectStore } from './effect-ports.ts';
import type { Effect } from './effect-records.ts';
import type { GitHubAllowances } from './github-ports.ts';
import type { AskStore, FindingStore, MemoryStore, WatchStore } from './memory-ports.ts';
import type {
  AuditEvent,
  DecisionSummary,
  Delivery,
  Lease,
  Message,
  Plan,
  Repository,
  Setback,
  Subtask,
  Task,
  TaskState,
  Transcript,
} from './records.ts';
import type { TaskRequest } from './request-records.ts';
import type { Result } from './result-records.ts';

/** What a new record needs; the store adds id, times, state and counters. */
export type NewDelivery = Pick<
  Delivery,
  'guid' | 'event' | 'action' | 'bodyHash' | 'installationId' | 'repository'
> & {
  /** The payload as JSON text, a whole object: some are large, and none need be written out again. */
  readonly body: string;
};
export type NewTask = Pick<
  Task,
  'kind' | 'repository' | 'subject' | 'requestKey' | 'requester' | 'request' | 'budgetUsd'
> & { readonly askedAt?: Task['askedAt'] };
export type NewSubtask = Pick<
  Subtask,
  'planId' | 'key' | 'kind' | 'role' | 'title' | 'goal' | 'acceptance' | 'files' | 'dependsOn'
>;

/** All that is known of one task; what `nextSteps` decides upon. */
export interface TaskRecords {
  readonly task: Task;
  readonly plan: Plan | null;
  readonly subtasks: readonly Subtask[];
  /** Newest result of each subtask that has one. */
  readonly results: readonly Result[];
  readonly effects: readonly Effect[];
  /** Oldest first. */
  readonly messages: readonly Message[];
}

/**
 * Every method that changes a record writes its audit event in the same transaction. Methods that find nothing
 * answer null (or []), never throw for it. A connection that fails throws TransientError.
 */
export interface Store extends StoreOperations {
  readonly allowances: GitHubAllowances;
  /** Runs `body` in one transaction; its events are published to the bus after the commit. Serialization failures and deadlocks are tried again, at most 5 times: `body` must have no effects of its own. */
  transaction<T>(body: (tx: StoreOperations) => Promise<T>): Promise<T>;
  /** Throws TransientError when the database does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOperations {
  readonly deliveries: DeliveryStore;
  readonly repositories: RepositoryStore;
  readonly tasks: TaskStore;
  readonly plans: PlanStore;
  readonly subtasks: SubtaskStore;
  readonly results: ResultStore;
  readonly effects: EffectStore;
  readonly events: EventStore;
  readonly transcripts: TranscriptStore;
  readonly messages: MessageStore;
  readonly findings: FindingStore;
  readonly watches: WatchStore;
  readonly asks: AskStore;
  readonly memories: MemoryStore;
}

export interface DeliveryStore {
  /** False when this GUID is stored already (then nothing changes). */
  add(delivery: NewDelivery): Promise<boolean>;
  get(guid: string): Promise<Delivery | null>;
  /** Counts an attempt. Null when handled or dead, or when another process holds it (its claim lasts 60 s). */
  claim(guid: string, owner: string): Promise<Delivery | null>;
  handled(guid: string, decisions: readonly DecisionSummary[]): Promise<void>;
  /** GUID of another delivery of the same event and body that was handled; null when there is none. */
  sameBody(delivery: Pick<Delivery, 'guid' | 'event' | 'bodyHash'>): Promise<string | null>;
  /** Until the transaction ends nobody else holds this body: what `sameBody` answers after it is true until the commit. Only inside a transaction. */
  lockBody(bodyHash: string): Promise<void>;
  /** Gives the claim back after a failure; the delivery is dead when `attempts` has reached `maxAttempts`. */
  failed(guid: string, error: string, maxAttempts: number): Promise<Delivery['state']>;
  /** Received, unclaimed, and not rung since `before`; oldest first. Marks them rung. */
  due(before: string, limit: number): Promise<readonly string[]>;
  list(filter: { readonly state?: Delivery['state']; readonly limit: number }): Promise<readonly Delivery[]>;
}

export interface RepositoryStore {
  save(repository: Repository): Promise<void>;
  get(id: number): Promise<Repository | null>;
  list(): Promise<readonly Repository[]>;
  /** The App was removed from it: kept for the trail, no longer listed. */
  remove(id: number): Promise<void>;
  /** Up to which time, by GitHub's clock, a look was had for what no webhook told; of a new one, since when it is known. Null when it is not. */
  lookedUntil(id: number): Promise<string | null>;
  looked(id: number, until: string): Promise<void>;
}

export interface TaskStore {
  /** `created` is false when a task with this requestKey exists; that one is answered. */
  create(task: NewTask, actor: string): Promise<{ readonly task: Task; readonly created: boolean }>;
  get(id: string): Promise<Task | null>;
  /** For whoever has its link. Null too where the repository was removed, made private or given to others after the task began. */
  linked(id: string): Promise<Task | null>;
  /** Locks the task's row until the transaction ends, so that one process at a time advances it. */
  lock(id: string): Promise<Task | null>;
  /**
   * Until the transaction ends nobody else holds this issue or pull request: what is read after it is true until the
   * commit. Only inside a transaction. To be taken before a task's own lock.
   */
  lockSubject(repositoryId: number, number: number): Promise<void>;
  byRequestKey(requestKey: string): Promise<Task | null>;
  records(id: string): Promise<TaskRecords | null>;
  /** Tasks on an issue or pull request, newest first. */
  onSubject(repositoryId: number, number: number): Promise<readonly Task[]>;
  /** No change, and false, when the task has reached an end. */
  move(
    id: string,
    to: TaskState,
    why: { readonly reason: string | null; readonly actor: string },
  ): Promise<boolean>;
  /**
   * Opens an ended task again (`/crew retry`). Failed, stopped and pending subtasks, and those that `again` names, go back to pending
   * with attempts 0; setbacks are forgotten, of done ones too. `budgetUsd` counts when it is more than the task had.
   */
  reopen(
    id: string,
    actor: string,
    how?: { readonly budgetUsd?: number; readonly askedAt?: string; readonly again?: readonly string[] },
  ): Promise<boolean>;
  /** A new trigger: the request as it is from now on. False, and no change, when the task has reached an end. */
  revise(
    id: string,
    request: TaskRequest,
    actor: string,
    how?: { readonly askedAt?: string },
  ): Promise<boolean>;
  /** By all tasks of the repository in the present month (UTC), USD. */
  spentInMonth(repositoryId: number): Promise<number>;
  /** Also of an ended task. False when there is none. */
  setBudget(id: string, budgetUsd: number, actor: string): Promise<boolean>;
  /** Tasks that have not ended and were not looked at since `before`; marks them looked at. For the sweep. */
  due(before: string, limit: number): Promise<readonly string[]>;
  list(filter: {
    readonly repositoryId?: number;
    readonly open?: boolean;
    readonly limit: number;
  }): Promise<readonly Task[]>;
}

export interface PlanStore {
  /** Supersedes earlier plans of the task. */
  propose(plan: Pick<Plan, 'taskId' | 'hash' | 'answer' | 'estimateUsd' | 'estimates'>): Promise<Plan>;
  /** Supersedes the plan that is proposed; false when none is. An approved one stays. */
  withdraw(taskId: string, actor: string): Promise<boolean>;
  /** False when `hash` is not the proposed plan's. */
  approve(taskId: string, hash: string, by: string): Promise<boolean>;
  latest(taskId: string): Promise<Plan | null>;
}

/** What may be spent beside a task's own budget, USD in a calendar month (UTC); null: no limit. */
export interface MonthCaps {
  readonly repositoryUsd: number | null;
  readonly installationUsd: number | null;
}

/** The figures are those of the limit that has the least room. */
export interface Reservation {
  readonly granted: boolean;
  readonly limit: 'task' | 'repository_month' | 'installation_month';
  readonly budgetUsd: number;
  readonly spentUsd: number;
  /** Set aside for calls of others that run now. */
  readonly othersUsd: number;
}

export interface SubtaskStore {
  /** Skips keys that exist. */
  add(taskId: string, subtasks: readonly NewSubtask[]): Promise<void>;
  get(id: string): Promise<Subtask | null>;
  /** Takes a pending subtask that is due, or a running one whose lease has run out. Null when it is not to be had. Raises attempts and token. */
  claim(id: string, owner: string, leaseMs: number): Promise<(Subtask & { readonly lease: Lease }) | null>;
  /** False when the lease is another's or the subtask no longer runs: stop at once. */
  renew(id: string, token: number, leaseMs: number): Promise<boolean>;
  /**
   * Sets aside the most that the next model call can cost, so that agents at work side by side keep to the task's budget
   * together; not granted when it does not fit. Falls away when it is charged and when the lease ends. Null when `token` is not the newest or the task has ended.
   */
  reserve(id: string, token: number, mostUsd: number, caps?: MonthCaps): Promise<Reservation | null>;
  /** Adds a call's cost to the subtask and to its task, whoever holds the lease by now: it is owed. */
  charge(id: string, token: number, costUsd: number): Promise<void>;
  /** Stores the result and ends the subtask (`failed` for a failed outcome). False, and no change, when `token` is not the newest. */
  finish(
    id: string,
    token: number,
    result: Pick<Result, 'outcome' | 'usage' | 'costUsd' | 'durationMs'>,
  ): Promise<boolean>;
  /** Gives the lease back after passing trouble: pending again, to be had from `dueAt` on, or at once. */
  release(id: string, token: number, why: string, dueAt?: string): Promise<boolean>;
  /**
   * Sends done work back to be done again, by `role` and after `dependsOn`: pending, attempts 0, the setback added. False when
   * the subtask is not done.
   */
  setBack(
    taskId: string,
    key: string,
    how: { readonly role: string; readonly dependsOn: readonly string[]; readonly setback: Setback },
  ): Promise<boolean>;
  /** Ends all that has not ended; answers the ids of those that were running. */
  stopAll(taskId: string, actor: string): Promise<readonly string[]>;
  /** Ends leases (of subtasks, effects and deliveries) whose owner `isGone` says so; for start-up after a kill. */
  releaseOwners(isGone: (owner: string) => boolean): Promise<number>;
  /** Notes that the doorbell was rung. */
  rung(ids: readonly string[]): Promise<void>;
}

export interface ResultStore {
  of(subtaskId: string): Promise<Result | null>;
  ofTask(taskId: string): Promise<readonly Result[]>;
}

export interface EventStore {
  /** For what has no record of its own to change. */
  append(event: Pick<AuditEvent, 'actor' | 'type' | 'taskId' | 'subject' | 'data'>): Promise<void>;
  /** Those after a number alone, and only settled ones, below which none can appear any more. */
  ofTask(
    taskId: string,
    page?: { readonly after: number; readonly limit: number },
  ): Promise<readonly AuditEvent[]>;
  after(seq: number, limit: number): Promise<readonly AuditEvent[]>;
}

export interface TranscriptStore {
  save(transcript: Omit<Transcript, 'id' | 'createdAt'>): Promise<void>;
  ofTask(taskId: string): Promise<readonly Transcript[]>;
}

export type NewMessage = Pick<Message, 'from' | 'body'> & Partial<Pick<Message, 'to' | 'kind'>>;

/** One mailbox per task: read before an agent's next model call. */
export interface MessageStore {
  /** For everybody, and a message, unless it says otherwise. Answers its id; null when there is no such task. */
  send(taskId: string, message: NewMessage): Promise<number | null>;
  /** Oldest first. */
  after(taskId: string, id: number): Promise<readonly Message[]>;
}
