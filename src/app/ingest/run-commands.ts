/**
 * Runs the commands of one comment, in order, and answers a decision for each. Nothing is changed here: the decisions
 * are carried out together, in the transaction that marks the delivery handled.
 */
import type { Change, Decision } from '../../core/change.ts';
import { COMMANDS_PER_COMMENT_MAX, type CommandLine, textOf } from '../../core/command-line.ts';
import { noteAsk, refuseTooOften } from '../../core/decide/ask-limit.ts';
import { type Facts, has } from '../../core/decide/facts.ts';
import { isSpeech, notePerson } from '../../core/decide/persons.ts';
import { comment, mark, markKey } from '../../core/decide/requests.ts';
import { digest } from '../../core/digest.ts';
import type { ReactionContent } from '../../core/effect-records.ts';
import { UserError } from '../../core/errors.ts';
import { type CommentEvent, timeOf } from '../../core/event.ts';
import type { GitHubReader, Permission } from '../../core/github-ports.ts';
import * as say from '../../core/messages/commands.ts';
import { nearest } from '../../core/nearest.ts';
import { allows } from '../../core/permissions.ts';
import type { Task } from '../../core/records.ts';
import type { Asks, Watch } from '../../core/review/review-records.ts';
import { NO_SPENDING_LIMITS, type SpendingLimits } from '../../core/spending-limits.ts';
import type { NewTask } from '../../core/store-ports.ts';
import type { Command, CommandContext } from '../command.ts';
import { type FactSources, gatherFacts } from './gather-facts.ts';
import { findOwn } from './gather-own.ts';

/** Facts that every command needs. */
export type CommandFacts = Facts & Required<Pick<Facts, 'config' | 'permission' | 'tasks' | 'watch'>>;

export interface CommandSources extends FactSources {
  /** As `reader`, but for what issues and pull requests say: that is of now. */
  readonly present: GitHubReader;
  readonly commands: readonly Command[];
  /** What the operator allows to be spent; left out, no limit beside a task's own. */
  readonly limits?: SpendingLimits;
}

export async function runCommands(
  event: CommentEvent,
  lines: readonly CommandLine[],
  facts: CommandFacts,
  sources: CommandSources,
): Promise<readonly Decision[]> {
  const permission = event.sender.isBot ? 'write' : facts.permission;
  const decisions: Decision[] = [];
  const spoke = isSpeech(event) ? notePerson(event, facts.watch) : [];
  let tasks = facts.tasks;
  let { watch } = facts;
  let { asks } = await knownAsks(event, facts, sources);
  for (const [index, line] of lines.slice(0, COMMANDS_PER_COMMENT_MAX).entries()) {
    const earlier = lines.slice(0, index).filter((other) => textOf(other) === textOf(line)).length;
    const requestKey = `command:${event.repository.id}:${event.commentId}:${digest(textOf(line))}:${earlier}`;
    const asked: Asked = { event, line, requestKey, permission, facts, tasks, watch, asks };
    const ran = await runWithinLimit(asked, sources);
    if (ran.changes.some(({ kind }) => kind === 'note_ask')) asks = { ...asks, count: asks.count + 1 };
    const isFirstWord = decisions.every(({ changes }) => changes.length === 0) && ran.changes.length > 0;
    decisions.push(isFirstWord ? { ...ran, changes: [...spoke, ...ran.changes] } : ran);
    watch = watchAfter(watch, ran.changes);
    tasks = tasksAfter(tasks, ran.changes, { now: sources.clock.now(), askedAt: timeOf(event) });
  }
  if (lines.length <= COMMANDS_PER_COMMENT_MAX) return decisions;
  return [...decisions, refuseRest(event, lines.length)];
}

interface Asked {
  readonly event: CommentEvent;
  readonly line: CommandLine;
  readonly requestKey: string;
  readonly permission: Permission;
  readonly facts: CommandFacts;
  readonly tasks: readonly Task[];
  readonly watch: Watch;
  /** Of the same login, up to here. */
  readonly asks: Asks;
}

async function knownAsks(event: CommentEvent, facts: CommandFacts, sources: CommandSources) {
  const found = await gatherFacts(event, facts, ['asks'], sources);
  if (!has(found, 'asks')) throw new Error('what was asked for before is not known');
  return found;
}

/** Each command once, and of one account not for ever; but whoever stops something is always heard. */
async function runWithinLimit(asked: Asked, sources: CommandSources): Promise<Decision> {
  const { event, line, requestKey, asks } = asked;
  const { repository, subject, sender } = event;
  if ((await sources.store.effects.byKey(markKey(requestKey))) !== null) {
    const reason = `${textOf(line)} of this comment was run before`;
    return { decided: 'ignored', reason, actor: sender.login, changes: [] };
  }
  const asking = { repository, number: subject.number, sender };
  const refusal = refuseTooOften(asking, asks);
  if (refusal !== null && line.verb !== 'stop') return refusal;
  const ran = await runOne(asked, sources);
  if (refusal === null) return { ...ran, changes: [noteAsk(asking), ...ran.changes] };
  return ran.changes.some(({ kind }) => kind === 'stop_task') ? ran : refusal;
}

async function runOne(asked: Asked, sources: CommandSources): Promise<Decision> {
  const { event, line, permission } = asked;
  const actor = event.sender.login;
  const verb = line.verb === '' ? 'help' : line.verb;
  const command = sources.commands.find(({ name }) => name === verb);
  if (command === undefined) {
    const near = nearest(
      verb,
      sources.commands.map(({ name }) => name),
    );
    return refuse(asked, 'unknown', say.unknownCommand(verb, near));
  }
  if (!allows(permission, command.access)) {
    return refuse(asked, 'access', say.commandNeedsAccess(actor, command.name, command.access));
  }
  if (!command.on.includes(event.subject.kind)) {
    return refuse(asked, 'subject', say.wrongSubject(command.name, command.on));
  }
  if (command.onlyOpen && !(await isOpenStill(asked, sources))) {
    return refuse(asked, 'closed', say.subjectClosed(command.name, event.subject.kind));
  }
  try {
    const changes = await command.run(contextOf(asked, sources), line.args);
    const reason = `${actor} wrote ${textOf(line)}`;
    return { decided: 'command', reason, actor, changes: [react(asked, 'eyes'), ...changes] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refuse(asked, 'refused', error.message);
  }
}

/** Nothing is begun on what was closed between the words and their delivery. */
async function isOpenStill({ event, facts }: Asked, sources: CommandSources): Promise<boolean> {
  if (!event.open) return false;
  const { standing } = await gatherFacts(event, facts, ['standing'], sources);
  return standing?.open === true;
}

function contextOf(asked: Asked, sources: CommandSources): CommandContext {
  const { event, requestKey, facts, tasks, watch, permission } = asked;
  const { repository, subject } = event;
  const { store } = sources;
  return {
    repository,
    subject,
    actor: event.sender.login,
    commentId: event.commentId,
    writtenAt: timeOf(event),
    requestKey,
    config: facts.config,
    tasks,
    permission,
    watch,
    findings: () => store.findings.ofPull({ repositoryId: repository.id, number: subject.number }),
    memories: (limit) => store.memories.list(repository.id, limit),
    records: (taskId) => store.tasks.records(taskId),
    ownPull: async () => (await findOwn(event, repository, store))[0] ?? null,
    limits: sources.limits ?? { ...NO_SPENDING_LIMITS, taskUsd: sources.crew.budgetUsd },
    spentInMonth: () => store.tasks.spentInMonth(repository.id),
    reader: sources.reader,
    present: sources.present,
    roles: facts.roles,
    commands: sources.commands,
    now: sources.clock.now(),
    reply: (body) => reply(asked, asked.line.verb, body),
  };
}

function refuse(asked: Asked, why: string, body: string): Decision {
  const { event, line } = asked;
  return {
    decided: 'command',
    reason: `${textOf(line)} by ${event.sender.login} was refused: ${body}`,
    actor: event.sender.login,
    changes: [react(asked, 'confused'), reply(asked, why, body)],
  };
}

/** Somebody passing by is answered once a thread on each thing, so that nobody can make the crew flood it. */
function reply(asked: Asked, about: string, body: string): Change {
  const { event, permission, requestKey } = asked;
  const { repository, subject, sender } = event;
  const once = `reply:${repository.id}:${subject.number}:${sender.login}:${about}`;
  const key = allows(permission, 'triage') ? `reply:${requestKey}` : once;
  return comment(repository, key, subject.number, body);
}

function react({ event, requestKey }: Asked, content: ReactionContent): Change {
  const target = { on: event.on, commentId: event.commentId };
  return mark(event.repository, requestKey, target, content);
}

function refuseRest(event: CommentEvent, given: number): Decision {
  const { repository, subject, sender, commentId } = event;
  const body = say.tooManyCommands(COMMANDS_PER_COMMENT_MAX, given);
  const key = `reply:${repository.id}:${commentId}:too-many`;
  const changes = [comment(repository, key, subject.number, body)];
  return { decided: 'command', reason: body, actor: sender.login, changes };
}

/** The tasks as the comment's next command must see them: newest first, what this one starts included. */
function tasksAfter(tasks: readonly Task[], changes: readonly Change[], when: When): readonly Task[] {
  return changes.reduce((seen, change) => tasksWith(seen, change, when), tasks);
}

interface When {
  readonly now: Date;
  readonly askedAt: string | null;
}

function tasksWith(tasks: readonly Task[], change: Change, when: When): readonly Task[] {
  const moved = (taskId: string, state: Task['state'], reason: string | null) =>
    tasks.map((task) => (task.id === taskId ? { ...task, state, reason } : task));
  switch (change.kind) {
    case 'create_task':
      return [startedTask(change.task, when), ...tasks];
    case 'stop_task':
      return moved(change.taskId, 'stopped', change.reason);
    case 'reopen_task':
      return moved(change.taskId, 'queued', null).map((task) =>
        task.id === change.taskId ? { ...task, askedAt: when.askedAt } : task,
      );
    case 'revise_plan':
      return moved(change.taskId, 'planning', null);
    case 'set_budget':
      return tasks.map((task) =>
        task.id === change.taskId ? { ...task, budgetUsd: change.budgetUsd } : task,
      );
    case 'approve_plan':
      return moved(change.taskId, 'working', null);
    default:
      return tasks;
  }
}

/** How the pull request is watched, as the comment's next command must see it. */
function watchAfter(watch: Watch, changes: readonly Change[]): Watch {
  let seen = watch;
  for (const change of changes) {
    if (change.kind === 'pause_reviews') seen = { ...seen, paused: change.why };
    if (change.kind === 'resume_reviews') seen = { ...seen, paused: null, pausedBy: null, pushedHeads: [] };
  }
  return seen;
}

/** It has no id before it is stored: until then its request key names it (see `core/change.ts`). */
function startedTask(task: NewTask, { now, askedAt }: When): Task {
  const at = now.toISOString();
  const fresh = { state: 'queued', reason: null, costUsd: 0, createdAt: at, updatedAt: at } as const;
  return { ...task, ...fresh, id: task.requestKey, askedAt, finishedAt: null };
}
