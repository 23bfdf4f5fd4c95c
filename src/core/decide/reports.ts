/** What the outcome of somebody's checks on a pull request of the crew's own calls for. The last of them decides for all. Pure. */
import type { Change } from '../change.ts';
import type { ReportEvent } from '../event.ts';
import { failedOf, isFailure, rerunKey, runsToRepeat, waitsForPerson } from '../fix/head-checks.ts';
import { signatureOf } from '../fix/signature.ts';
import type { HeadCheck, PullState } from '../github-ports.ts';
import type { Task } from '../records.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { type OwnPull, whyAtRest } from './own-pulls.ts';
import { isOpen } from './requests.ts';
import { beginRound } from './rounds.ts';

export function decideReport(event: ReportEvent, facts: Facts): Verdict {
  if (`${event.app}[bot]` === facts.app.login) return ignored('the crew does not act on its own checks');
  if (event.headBranch === null) return ignored('the report names no branch');
  if (event.conclusion === 'pending') return ignored('the check has not ended');
  if (!has(facts, 'own')) return needs('own');
  const [pull] = facts.own;
  if (pull === undefined) return ignored('the report is on no pull request of the crew');
  if (!has(facts, 'config', 'states')) return needs('config', 'states');
  const name = `pull request #${pull.number}`;
  if (!facts.config.config.keep_green) return ignored('keep_green is off');
  const state = facts.states.get(pull.number);
  if (state === undefined) return ignored(`${name} is not there any more`);
  const headSha = event.headSha ?? state.headSha;
  if (state.headSha !== headSha) return ignored(`the head of ${name} moved on`);
  const rest = whyAtRest(pull, state);
  if (rest !== null) return ignored(`${name} ${rest}`);
  if (!has(facts, 'checks')) return needs('checks');
  const { checks, complete } = facts.checks;
  if (!complete) return ignored(`${name} has more checks than are read`);
  const running = checks.filter(({ ended }) => !ended).length;
  if (running > 0) return ignored(`${running} of ${checks.length} checks of ${name} still run`);
  const failed = failedOf(checks);
  if (failed.length > 0) return decideRed(event, { pull, headSha, failed }, facts);
  // What passed since then has a report of its own.
  if (isFailure(event.conclusion)) return ignored(`what failed on ${name} is not shown`);
  return decideGreen(event, { pull, state, checks });
}

function decideGreen(
  { repository }: ReportEvent,
  {
    pull,
    state,
    checks,
  }: { readonly pull: OwnPull; readonly state: PullState; readonly checks: readonly HeadCheck[] },
): Verdict {
  const { number } = pull;
  const { headSha } = state;
  const name = `pull request #${number}`;
  if (checks.length === 0) return ignored(`nobody checks ${name}`);
  if (waitsForPerson(checks)) return ignored(`a check of ${name} waits for a person`);
  if (!state.draft) return ignored(`${name} is green`);
  // Its end is followed by a look, which finds the checks as green.
  const running = pull.tasks.find((task) => task.kind === 'review' && isOpen(task));
  if (running !== undefined) return ignored(`${name} is green; task ${running.id} still works on it`);
  const key = `ready:${repository.id}:${number}:${headSha}`;
  const action = { kind: 'ready_for_review', number, headSha } as const;
  const ready: Change = { kind: 'plan_effect', effect: { key, taskId: null, repository, action } };
  const reason = `${name} is green: it is ready for review`;
  return decided({ decided: 'change', reason, actor: 'system', changes: [ready] });
}

/** What passes when it is run again was no fault of the change. */
function decideRed(
  event: ReportEvent,
  {
    pull,
    headSha,
    failed,
  }: { readonly pull: OwnPull; readonly headSha: string; readonly failed: readonly HeadCheck[] },
  facts: Facts,
): Verdict {
  const { repository } = event;
  const had = roundOn(pull.tasks, headSha);
  if (had !== undefined) return ignored(`the checks of this head had their round (task ${had.id})`);
  const first = runsToRepeat(failed);
  if (first.length > 0) {
    if (!has(facts, 'repeated')) return needs('repeated');
    const waiting = repeat(event, pull, first, facts.repeated);
    if (waiting !== null) return waiting;
  }
  if (!has(facts, 'failures', 'grounds', 'config')) return needs('failures', 'grounds', 'config');
  const ground = facts.grounds.get(pull.number);
  if (ground === undefined || ground.pullRequest.headSha !== headSha) {
    return ignored(`the head of pull request #${pull.number} moved on`);
  }
  const { failures, config } = facts;
  const signature = signatureOf(failures);
  const requestKey = `fix:${repository.id}:${pull.number}:checks:${headSha}:${signature}`;
  const cause = { kind: 'checks', checks: failures, signature } as const;
  const round = { repository, pull, ground, config, requestKey, cause, feedback: [] };
  const names = failures.map(({ name }) => name).join(', ');
  return decided(
    beginRound(
      { ...round, requester: pull.requester },
      { reason: `checks failed on ${headSha.slice(0, 7)}: ${names}`, actor: 'system' },
    ),
  );
}

/** Null where nothing is to be waited for: GitHub took none of it, so the failure is taken as it is. */
function repeat(
  { repository }: ReportEvent,
  pull: OwnPull,
  runs: readonly { readonly id: number; readonly attempt: number }[],
  repeated: ReadonlyMap<number, 'asked' | 'refused'>,
): Verdict | null {
  const due = runs.filter(({ id }) => !repeated.has(id));
  if (due.length === 0) {
    const waits = runs.some(({ id }) => repeated.get(id) === 'asked');
    return waits ? ignored(`what failed on pull request #${pull.number} is being run again`) : null;
  }
  const changes = due.map(({ id, attempt }): Change => {
    const action = { kind: 'rerun_failed_jobs', runId: id, attempt, branch: pull.branch } as const;
    const effect = { key: rerunKey(repository.id, id), taskId: null, repository, action };
    return { kind: 'plan_effect', effect };
  });
  const reason = `what failed on pull request #${pull.number} is run again once`;
  return decided({ decided: 'change', reason, actor: 'system', changes });
}

function roundOn(tasks: readonly Task[], headSha: string): Task | undefined {
  return tasks.find(
    ({ request }) =>
      request.kind === 'fix' && request.cause.kind === 'checks' && request.pullRequest.headSha === headSha,
  );
}
