/**
 * The tables of migrations/*.sql as types: what a query reads, and what it may write. `bigint` and `numeric` arrive as
 * text from the driver; json columns are written as text made by `storableJson`.
 */
import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely';
import type { Effect, EffectAction, EffectOutcome, EffectState } from '../core/effect-records.ts';
import type {
  DecisionSummary,
  DeliveryState,
  Message,
  Plan,
  Setback,
  Subject,
  SubtaskKind,
  SubtaskState,
  TaskKind,
  TaskState,
} from '../core/records.ts';
import type { TaskRequest } from '../core/request-records.ts';
import type { Anchor, Outcome, Severity, Usage } from '../core/result-records.ts';
import type { MemoryEvidence, MemoryKind, TrackedState, Watch } from '../core/review/review-records.ts';

/** PostgreSQL's bigint and numeric. */
type Numeric = ColumnType<string, number | string, number | string>;
type NullableNumeric = ColumnType<string | null, number | null, number | null>;
type Counter = ColumnType<string, number | string | undefined, number | string>;
type Time = ColumnType<Date, Date, Date>;
type NullableTime = ColumnType<Date | null, Date | null | undefined, Date | null>;
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;
type Texts = ColumnType<string[], readonly string[], readonly string[]>;

interface LeaseColumns {
  lease_owner: string | null;
  lease_until: NullableTime;
}

export interface DeliveryTable extends LeaseColumns {
  guid: string;
  event: string;
  action: string | null;
  payload: Json<unknown>;
  body_hash: string;
  installation_id: NullableNumeric;
  repository: string | null;
  state: Generated<DeliveryState>;
  attempts: Generated<number>;
  decisions: ColumnType<DecisionSummary[], string | undefined, string>;
  error: string | null;
  rung_at: NullableTime;
  received_at: Time;
  handled_at: NullableTime;
}

export interface RepositoryTable {
  id: Numeric;
  owner: string;
  name: string;
  installation_id: Numeric;
  default_branch: string;
  private: boolean;
  removed_at: NullableTime;
  links_after: NullableTime;
  looked_until: Generated<Date>;
}

export interface TaskTable {
  id: string;
  kind: TaskKind;
  repository_id: Numeric;
  subject_kind: Subject['kind'];
  subject_number: number;
  request_key: string;
  requester: string;
  request: Json<TaskRequest>;
  state: Generated<TaskState>;
  reason: string | null;
  budget_usd: Numeric;
  cost_usd: Counter;
  created_at: Time;
  asked_at: NullableTime;
  updated_at: Time;
  finished_at: NullableTime;
  looked_at: NullableTime;
}

export interface PlanTable {
  id: string;
  task_id: string;
  version: number;
  hash: string;
  answer: Json<Plan['answer']>;
  estimate_usd: Numeric;
  estimates: ColumnType<Plan['estimates'], string | undefined, string>;
  state: Generated<Plan['state']>;
  approved_by: string | null;
  created_at: Time;
}

export interface SubtaskTable extends LeaseColumns {
  id: string;
  position: GeneratedAlways<string>;
  task_id: string;
  plan_id: string | null;
  key: string;
  kind: SubtaskKind;
  role: string;
  title: string;
  goal: string;
  acceptance: Texts;
  files: Texts;
  depends_on: Texts;
  setbacks: ColumnType<Setback[], string | undefined, string>;
  state: Generated<SubtaskState>;
  attempts: Generated<number>;
  losses: Generated<number>;
  token: Counter;
  enqueued_at: NullableTime;
  due_at: NullableTime;
  started_at: NullableTime;
  finished_at: NullableTime;
  cost_usd: Counter;
  reserved_usd: Counter;
}

export interface ResultTable {
  id: string;
  position: GeneratedAlways<string>;
  task_id: string;
  subtask_id: string;
  outcome: Json<Outcome>;
  usage: Json<Usage>;
  cost_usd: Numeric;
  duration_ms: Numeric;
  created_at: Time;
}

export interface EffectTable extends LeaseColumns {
  id: string;
  position: GeneratedAlways<string>;
  key: string;
  task_id: string | null;
  repository_id: Numeric;
  action: Json<EffectAction>;
  revision: Generated<number>;
  state: Generated<EffectState>;
  attempts: Generated<number>;
  after_key: Effect['after'];
  min_interval_ms: number;
  token: Counter;
  sent_revision: number | null;
  in_doubt: Generated<boolean>;
  due_at: Time;
  enqueued_at: NullableTime;
  outcome: NullableJson<EffectOutcome>;
  error: string | null;
  created_at: Time;
  done_at: NullableTime;
}

export interface TranscriptTable {
  id: string;
  position: GeneratedAlways<string>;
  task_id: string;
  subtask_id: string;
  attempt: number;
  model: string;
  messages: Json<unknown[]>;
  ended: string;
  created_at: Time;
}

export interface MessageTable {
  id: GeneratedAlways<string>;
  task_id: string;
  sender: string;
  recipient: string | null;
  kind: Generated<Message['kind']>;
  body: string;
  sent_at: Time;
}

/** `month`: its first day, `YYYY-MM-DD`. */
export interface SpendingTable {
  repository_id: Numeric;
  month: ColumnType<Date, string, string>;
  cost_usd: Counter;
}

export interface EventTable {
  seq: GeneratedAlways<string>;
  at: Time;
  actor: string;
  type: string;
  task_id: string | null;
  subject: string;
  data: Json<Record<string, unknown>>;
}

export interface FindingTable {
  repository_id: Numeric;
  number: number;
  fingerprint: string;
  position: Numeric;
  task_id: string;
  head_sha: string;
  roles: Texts;
  path: string;
  anchor: Json<Anchor>;
  severity: Severity;
  category: string;
  title: string;
  body: string;
  state: Generated<TrackedState>;
  settled_by: string | null;
  reason: string | null;
}

export interface WatchTable {
  repository_id: Numeric;
  number: number;
  paused: Watch['paused'];
  paused_by: string | null;
  pushed_heads: ColumnType<string[], readonly string[] | undefined, readonly string[]>;
}

export interface AskTable {
  repository_id: Numeric;
  number: number;
  login: string;
  count: number;
  began_at: Time;
}

export interface MemoryTable {
  repository_id: Numeric;
  id: string;
  position: GeneratedAlways<string>;
  key: string;
  kind: MemoryKind;
  text: string;
  path: string | null;
  evidence: Json<MemoryEvidence>;
  uses: Generated<number>;
  created_at: Time;
  used_at: NullableTime;
  expires_at: Time;
  forgotten_at: NullableTime;
  search: GeneratedAlways<string>;
  /** `vector(512)` or `real[]`: written and compared by `embeddings.ts` alone. */
  embedding: ColumnType<never, never, never>;
}

export interface GitHubAccountTable {
  account: string;
  paused_until: NullableTime;
  next_write_at: NullableTime;
}

export interface GitHubPlaceTable {
  id: GeneratedAlways<string>;
  account: string;
  content: boolean;
  at: Time;
}

export interface Schema {
  deliveries: DeliveryTable;
  repositories: RepositoryTable;
  tasks: TaskTable;
  plans: PlanTable;
  subtasks: SubtaskTable;
  results: ResultTable;
  effects: EffectTable;
  transcripts: TranscriptTable;
  messages: MessageTable;
  spending: SpendingTable;
  events: EventTable;
  findings: FindingTable;
  watches: WatchTable;
  asks: AskTable;
  memories: MemoryTable;
  github_accounts: GitHubAccountTable;
  github_places: GitHubPlaceTable;
}

export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;
