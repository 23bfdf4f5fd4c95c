/** What others report on a commit: check runs of every App but ours, and commit statuses. Names, links and outputs are hostile text. */
import type { Octokit } from '@octokit/rest';
import { failedOf } from '../../core/fix/head-checks.ts';
import { endOf } from '../../core/fix/plain-log.ts';
import {
  CHECK_NAME_MAX_CHARS,
  type ChecksReading,
  type HeadCheck,
  LOG_MAX_CHARS,
} from '../../core/github-ports.ts';
import { shorten } from '../../core/shorten.ts';
import { headCheckRunsAnswer, headStatusesAnswer, parseAnswer, workflowRunAnswer } from './answers.ts';
import { nullOn404 } from './when-gone.ts';

const PER_PAGE = 100;
const PAGES_MAX = 3;
/** Runs of Actions whose attempt is asked for. */
const RUNS_MAX = 10;
const URL_MAX_CHARS = 2_000;
const ACTIONS = 'github-actions';
/** Each job is a check run of the same id (https://docs.github.com/rest/checks/runs); its link names the run. */
const RUN_IN_URL = /\/actions\/runs\/(\d{1,19})(?:\/job\/(\d{1,19}))?/;

type At = { readonly owner: string; readonly repo: string };

export async function readChecks(
  github: Octokit,
  at: At,
  headSha: string,
  ownAppId: number,
): Promise<ChecksReading> {
  const runs = await checkRuns(github, at, headSha, ownAppId);
  const statuses = await commitStatuses(github, at, headSha);
  const { attempts, runMissing } = await attemptsOf(github, at, runs.found);
  const checks = [...runs.found, ...statuses.found].map((check): HeadCheck => {
    const { run } = check;
    return run === null ? check : { ...check, run: { ...run, attempt: attempts.get(run.id) ?? null } };
  });
  return { checks, complete: runs.complete && statuses.complete, runMissing };
}

async function checkRuns(github: Octokit, at: At, ref: string, ownAppId: number) {
  const found: HeadCheck[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const request = { ...at, ref, filter: 'latest', per_page: PER_PAGE, page } as const;
    const answer = await github.rest.checks.listForRef(request);
    const { check_runs } = parseAnswer(headCheckRunsAnswer, answer.data, 'a list of check runs');
    for (const { id, name, status, conclusion, details_url, app, output, check_suite } of check_runs) {
      if (app?.id === ownAppId) continue;
      const url = details_url ?? null;
      const named = RUN_IN_URL.exec(url ?? '');
      const said = [output?.title, output?.summary, output?.text].filter((part) => part).join('\n\n');
      found.push({
        kind: 'check_run',
        id,
        suiteId: check_suite?.id ?? null,
        name: shorten(name, CHECK_NAME_MAX_CHARS),
        ended: status === 'completed',
        conclusion: conclusion ?? '',
        url: url === null ? null : url.slice(0, URL_MAX_CHARS),
        said: said === '' ? null : endOf(said, LOG_MAX_CHARS),
        run:
          app?.slug === ACTIONS && named !== null
            ? { id: Number(named[1]), attempt: null, jobId: Number(named[2] ?? id) }
            : null,
      });
    }
    if (check_runs.length < PER_PAGE) return { found, complete: true };
  }
  return { found, complete: false };
}

/** GitHub answers the newest of each context. */
async function commitStatuses(github: Octokit, at: At, ref: string) {
  const found: HeadCheck[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const request = { ...at, ref, per_page: PER_PAGE, page };
    const answer = await github.rest.repos.getCombinedStatusForRef(request);
    const { statuses } = parseAnswer(headStatusesAnswer, answer.data, 'a list of commit statuses');
    for (const { id, context, state, target_url, description } of statuses) {
      found.push({
        kind: 'status',
        id,
        suiteId: null,
        name: shorten(context, CHECK_NAME_MAX_CHARS),
        ended: state !== 'pending',
        conclusion: state === 'pending' ? '' : state,
        url: target_url ? target_url.slice(0, URL_MAX_CHARS) : null,
        said: description ? endOf(description, LOG_MAX_CHARS) : null,
        run: null,
      });
    }
    if (statuses.length < PER_PAGE) return { found, complete: true };
  }
  return { found, complete: false };
}

/** Only of what failed: nobody asks for the others'. */
async function attemptsOf(
  github: Octokit,
  at: At,
  found: readonly HeadCheck[],
): Promise<{ readonly attempts: ReadonlyMap<number, number>; readonly runMissing: boolean }> {
  const ids = [...new Set(failedOf(found).flatMap(({ run }) => (run === null ? [] : [run.id])))];
  const attempts = new Map<number, number>();
  let runMissing = false;
  for (const run_id of ids.slice(0, RUNS_MAX)) {
    const answer = await nullOn404(github.rest.actions.getWorkflowRun({ ...at, run_id }));
    runMissing ||= answer === null;
    if (answer === null) continue;
    const { run_attempt } = parseAnswer(workflowRunAnswer, answer.data, 'a workflow run');
    attempts.set(run_id, run_attempt ?? 1);
  }
  return { attempts, runMissing };
}
