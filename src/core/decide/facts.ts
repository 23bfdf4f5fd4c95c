/**
 * What a decision may need to know beside the event. Facts cost calls to GitHub or to the store, so a decision names
 * those it lacks, is given them, and is asked again; most events are ignored without any.
 */
import type { Decision } from '../change.ts';
import type { CommandLine } from '../command-line.ts';
import type { Actor } from '../event.ts';
import type { ChecksReading, Permission, PullState, ReviewCommentReading } from '../github-ports.ts';
import type { Repository, Task } from '../records.ts';
import type { ParsedConfig } from '../repo-config.ts';
import type { FailedCheck, IssueSnapshot, PullRequestSnapshot, Standing } from '../request-records.ts';
import type { Asks, Memory, ReviewThread, TrackedFinding, Watch } from '../review/review-records.ts';
import type { OwnPull, RoundGround } from './own-pulls.ts';

export interface Facts {
  /** Our own App: what it causes is never acted on. */
  readonly app: { readonly id: number; readonly login: string };
  /** Specialists that the crew has. */
  readonly roles: readonly string[];
  readonly config?: ParsedConfig;
  /** Of the event's sender. */
  readonly permission?: Permission;
  /** On the event's subject, newest first. */
  readonly tasks?: readonly Task[];
  /** Whether this very request was accepted before: a replay under another GUID. */
  readonly seen?: boolean;
  /** The event's subject as it is now, which may be long after the event. */
  readonly standing?: Standing;
  readonly issue?: IssueSnapshot;
  /** Head of the default branch. */
  readonly baseSha?: string;
  readonly pullRequest?: PullRequestSnapshot;
  /** How the event's pull request is watched. */
  readonly watch?: Watch;
  /** What the event's sender asked for on its subject of late. */
  readonly asks?: Asks;
  /** Of the event's pull request, in the order in which they were raised. */
  readonly findings?: readonly TrackedFinding[];
  /** Of our own findings on the event's pull request. */
  readonly threads?: readonly ReviewThread[];
  /** Fingerprints of open findings whose comment was published and is on GitHub no more. */
  readonly deleted?: readonly string[];
  /** The comment that began the thread of the event's comment; null when it is gone. */
  readonly root?: ReviewCommentReading | null;
  /** Of the event's repository, newest first. */
  readonly memories?: readonly Memory[];
  /** Pull requests of the crew's own that the event may concern, newest first. */
  readonly own?: readonly OwnPull[];
  /** How those stand, by number, as far as they are there. */
  readonly states?: ReadonlyMap<number, PullState>;
  /** Upon what a round on them would be begun, by number. */
  readonly grounds?: ReadonlyMap<number, RoundGround>;
  /** What others report on the event's commit. */
  readonly checks?: Omit<ChecksReading, 'runMissing'>;
  /** Failed runs of Actions that were told to run again, by id, and whether GitHub took that. */
  readonly repeated?: ReadonlyMap<number, 'asked' | 'refused'>;
  /** The failed ones, with what they say. */
  readonly failures?: readonly FailedCheck[];
  /** What the store knows of the event's installation. */
  readonly installed?: { readonly repositories: readonly Repository[]; readonly openTasks: readonly Task[] };
}

export type FactName = Exclude<keyof Facts, 'app' | 'roles'>;

export type Verdict =
  | { readonly kind: 'decided'; readonly decisions: readonly Decision[] }
  | { readonly kind: 'needs'; readonly facts: readonly FactName[] }
  /** Commands to run, by a person or bot that is not refused as such; each checks access and subject for itself. */
  | { readonly kind: 'commands'; readonly commands: readonly CommandLine[] };

/** Whether `facts` holds all that are named; otherwise answer with `needs` of the same names. */
export function has<Name extends FactName>(
  facts: Facts,
  ...names: readonly Name[]
): facts is Facts & { readonly [Key in Name]-?: Exclude<Facts[Key], undefined> } {
  return names.every((name) => facts[name] !== undefined);
}

export function needs(...names: readonly FactName[]): Verdict {
  return { kind: 'needs', facts: names };
}

export function ignored(reason: string, actor = 'system'): Verdict {
  return decided({ decided: 'ignored', reason, actor, changes: [] });
}

export function decided(decision: Decision): Verdict {
  return { kind: 'decided', decisions: [decision] };
}

/** Null where the configuration lists the bot, so that it may do what a person with write access may. */
export function refuseBot({ login }: Actor, facts: Facts): Verdict | null {
  if (!has(facts, 'config')) return needs('config');
  if (facts.config.config.bots.includes(login)) return null;
  return ignored(`${login} is a bot that the configuration does not list`, login);
}

/** What several rules decide on one event: all that they lack is asked for at once, and who ignores it is not heard where another acts. */
export function together(...verdicts: readonly Verdict[]): Verdict {
  const lacking = verdicts.flatMap((verdict) => (verdict.kind === 'needs' ? verdict.facts : []));
  if (lacking.length > 0) return needs(...new Set(lacking));
  const decisions = verdicts.flatMap((verdict) => (verdict.kind === 'decided' ? verdict.decisions : []));
  const acting = decisions.filter(({ changes }) => changes.length > 0);
  return { kind: 'decided', decisions: acting.length > 0 ? acting : decisions.slice(0, 1) };
}
