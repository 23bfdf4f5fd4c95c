/**
 * `crew run`: the crew does a task on a clone on this machine, without GitHub. The plan is approved in the terminal, and what comes
 * of it stands on a branch of the clone. The folder that it runs in may be hostile, as for `crew review`.
 */
import pc from 'picocolors';
import { ConfigError } from '../core/errors.ts';
import type { Plan } from '../core/records.ts';
import { chooseBranch, type LocalBase, type LocalCrew, pushedHead, readBase, takeBranch } from '../wire.ts';
import { decidePlan } from './decide-plan.ts';
import {
  asData,
  EXIT_TROUBLE,
  type JsonTarget,
  type LocalRun,
  runLocally,
  withLocalCrew,
  writeReport,
} from './local-command.ts';
import { type Person, personAt } from './person.ts';
import { line } from './plain-text.ts';
import { printPlan, printQuestions } from './print-plan.ts';
import { printRun, whyNothing } from './print-run.ts';
import { readTask, type TaskWords } from './read-task.ts';
import { type RunEnd, type RunReport, reportedPlan, runReportOf } from './run-report.ts';

export interface RunOptions {
  /** Null: it is in `taskFile`. */
  readonly task: string | null;
  /** `-` for standard input. */
  readonly taskFile: string | null;
  readonly repo: string;
  readonly base: string;
  /** Null: one is made of the task. */
  readonly branch: string | null;
  readonly planOnly: boolean;
  readonly auto: boolean;
  readonly interactive: boolean;
  readonly role: string | null;
  readonly json: JsonTarget;
}

const EXIT_DONE = 0;
const EXIT_NOT_GREEN = 1;
const KEPT_NOTHING = 'Nothing was kept: no branch was made, and the clone is as it was.';

/** Ends the process: 0 when it is done, 1 when the branch is not green, 2 when nothing was made, 130 when interrupted. */
export async function runTask(options: RunOptions, name = 'run'): Promise<void> {
  const { json } = options;
  const kept = { text: KEPT_NOTHING };
  await runLocally({ name, json, onInterrupted: () => kept.text }, async (run) => {
    refuseSilence(options);
    const words = await readTask(options.task, options.taskFile);
    const end = await ended(options, words, run, kept);
    const report = runReportOf(end);
    show(report, options, run.tell);
    const written = await writeReport(report, json, run.tell);
    if (!written || report.outcome === 'nothing') return EXIT_TROUBLE;
    return report.red.length === 0 ? EXIT_DONE : EXIT_NOT_GREEN;
  });
}

function canAsk({ interactive, taskFile }: RunOptions): boolean {
  if (taskFile === '-') return false;
  return interactive || (process.stdin.isTTY && process.stderr.isTTY);
}

/** Before anything is spent: nobody would approve the plan. */
function refuseSilence(options: RunOptions): void {
  if (canAsk(options) || options.auto || options.planOnly) return;
  throw new ConfigError(
    'Nobody can approve the plan here: standard input is no terminal. Give --auto to work without approval, --plan-only for the plan alone, or --interactive to be asked on standard input all the same.',
  );
}

interface Placed extends LocalBase {
  readonly branch: string;
}

async function ended(
  options: RunOptions,
  words: TaskWords,
  run: LocalRun,
  kept: { text: string },
): Promise<RunEnd> {
  const { config, signal, tell } = run;
  const read = async (stagingDir: string): Promise<Placed> => {
    const wanted = { dir: options.repo, base: options.base, stagingDir, path: config.path, signal };
    const base = await readBase(wanted);
    const branch = await chooseBranch({ ...wanted, branch: options.branch, title: words.title }, base);
    tell(`works upon ${base.baseSha.slice(0, 7)}${uncommittedText(base)}`);
    return { ...base, branch };
  };
  return withLocalCrew(run, read, async (crew, base) => {
    const person = canAsk(options)
      ? personAt({ input: process.stdin, output: process.stderr }, signal)
      : null;
    try {
      const end = await implemented(crew, { options, words, base, person, run });
      const branch = await taken(end, base, run);
      if (branch !== null) kept.text = `The branch ${branch.name} was made.`;
      return { ...end, branch };
    } finally {
      person?.close();
    }
  });
}

function uncommittedText({ uncommitted }: LocalBase): string {
  if (uncommitted === 0) return '';
  const files = uncommitted === null ? '' : ` (${uncommitted} ${uncommitted === 1 ? 'file' : 'files'})`;
  return `; what is not committed${files} is not part of it`;
}

interface Implementing {
  readonly options: RunOptions;
  readonly words: TaskWords;
  readonly base: Placed;
  readonly person: Person | null;
  readonly run: LocalRun;
}

async function implemented(
  crew: LocalCrew,
  { options, words, base, person, run }: Implementing,
): Promise<Omit<RunEnd, 'branch'>> {
  const { planOnly, auto, role } = options;
  const { signal, tell } = run;
  let why: string | null = null;
  const showPlan = (plan: Plan): void => {
    if (!planOnly) process.stderr.write(`\n${printPlan(reportedPlan(plan), pc)}\n`);
  };
  const deciding = {
    person,
    planOnly,
    show: showPlan,
    showQuestions: (answer: Parameters<typeof printQuestions>[0]) =>
      void process.stderr.write(`\n${printQuestions(answer, pc)}\n`),
  };
  const { records, durationMs } = await crew.implement({
    base,
    branch: base.branch,
    ...words,
    approval: auto && !planOnly ? 'auto' : 'required',
    role,
    signal,
    onProblem: tell,
    onApproved: (plan) => {
      if (auto) showPlan(plan);
    },
    decide: async (waiting) => {
      const decided = await decidePlan(deciding, waiting);
      if (decided.kind === 'leave') why = decided.why ?? null;
      return decided;
    },
  });
  return { records, durationMs, planOnly, why };
}

/** The crew's branch, when it made one, in the clone. */
async function taken(
  { records }: Pick<RunEnd, 'records'>,
  base: Placed,
  { config, signal, tell }: LocalRun,
): Promise<RunEnd['branch']> {
  const headSha = pushedHead(records);
  if (headSha === null) return null;
  const { place, gitDir, branch, baseSha } = base;
  const taking = { place, stagingDir: gitDir, branch, baseSha, headSha, path: config.path, signal };
  const name = await takeBranch(taking);
  if (name !== branch) tell(`${line(branch)} was made by somebody meanwhile: the branch is ${line(name)}`);
  return { name, headSha };
}

function show(report: RunReport, { json }: RunOptions, tell: LocalRun['tell']): void {
  if (json === '-') {
    process.stdout.write(asData(report));
    if (report.outcome === 'nothing') tell(whyNothing(report));
    return;
  }
  const plan = report.outcome === 'plan' && report.plan !== null ? `${printPlan(report.plan, pc)}\n` : '';
  const text = plan + printRun(report, pc);
  if (report.outcome === 'nothing') process.stderr.write(text);
  else process.stdout.write(text);
}
