/** The contract of a command: one file in `commands/`, which exports `command`. */
import type { Change } from '../core/change.ts';
import type { OwnPull } from '../core/decide/own-pulls.ts';
import type { GitHubReader, Permission } from '../core/github-ports.ts';
import type { Access } from '../core/permissions.ts';
import type { DiscussedSubject, Repository, Task } from '../core/records.ts';
import type { ParsedConfig } from '../core/repo-config.ts';
import type { Memory, TrackedFinding, Watch } from '../core/review/review-records.ts';
import type { SpendingLimits } from '../core/spending-limits.ts';
import type { TaskRecords } from '../core/store-ports.ts';

export interface Command {
  /** The verb: lower case, equal to the file's name. */
  readonly name: string;
  /** One sentence for `help`. */
  readonly summary: string;
  /** As one would write it, such as `/crew ask [role:] <question>`. */
  readonly usage: string;
  readonly access: Access;
  readonly on: readonly DiscussedSubject['kind'][];
  /** True when it makes no sense on a closed issue or pull request. */
  readonly onlyOpen: boolean;
  /** Answers what to change; throws UserError for a refusal, whose message becomes the reply. Changes nothing itself. */
  run(context: CommandContext, args: string): Promise<readonly Change[]>;
}

export interface CommandContext {
  readonly repository: Repository;
  readonly subject: DiscussedSubject;
  /** Login of the person who wrote the command. */
  readonly actor: string;
  readonly commentId: number;
  /** When the command was written, or added by an edit, by GitHub's clock; null where it does not tell. */
  readonly writtenAt: string | null;
  /** Natural key of this one request. */
  readonly requestKey: string;
  readonly config: ParsedConfig;
  /** On the subject, newest first, as they will stand after the comment's earlier commands. */
  readonly tasks: readonly Task[];
  /** Of the actor. */
  readonly permission: Permission;
  /** Of the subject, as it will be after the comment's earlier commands. */
  readonly watch: Watch;
  /** Findings on the subject. */
  findings(): Promise<readonly TrackedFinding[]>;
  /** Newest first. */
  memories(limit: number): Promise<readonly Memory[]>;
  records(taskId: string): Promise<TaskRecords | null>;
  /** The subject as a pull request of the crew's own; null when it is none. */
  ownPull(): Promise<OwnPull | null>;
  /** What the operator allows to be spent. */
  readonly limits: SpendingLimits;
  /** By all tasks of the repository in the present month (UTC), USD. */
  spentInMonth(): Promise<number>;
  /** What issues and pull requests say is what they said when the command was written. */
  readonly reader: GitHubReader;
  /** The same, and what they say is what they say now. */
  readonly present: GitHubReader;
  /** Specialists that the crew has. */
  readonly roles: readonly string[];
  /** All commands, for `help`. */
  readonly commands: readonly Command[];
  readonly now: Date;
  /** A comment in answer, posted once. */
  reply(body: string): Change;
}
