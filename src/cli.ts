#!/usr/bin/env node
/** The `crew` command. Each verb is a file in `cli/`; this one reads the words and says what went wrong. */
import { Command, Option } from 'commander';
import { boundHeap } from './cli/bound-heap.ts';
import { SEVERITIES } from './core/answers.ts';
import { ConfigError, errorMessage } from './core/errors.ts';
import type { Severity } from './core/result-records.ts';

boundHeap();

const program = new Command('crew')
  .description(
    'HyperCode Crew: eight AI specialists that turn issues into pull requests and review pull requests.',
  )
  .showHelpAfterError();

program
  .command('start')
  .description('everything in one process: webhooks, orchestrator, publisher and all specialists')
  .action(async () => (await import('./cli/start.ts')).start({ web: true, worker: true }));
program
  .command('web')
  .description('the side that GitHub talks to: webhooks, orchestrator and publisher')
  .action(async () => (await import('./cli/start.ts')).start({ web: true, worker: false }));
program
  .command('worker')
  .description('specialists only; CREW_ROLES says which')
  .action(async () => (await import('./cli/start.ts')).start({ web: false, worker: true }));
program
  .command('migrate')
  .description('bring the database up to date')
  .action(async () => (await import('./cli/migrate.ts')).migrateDatabase());
program
  .command('doctor')
  .description(
    'look at every setting, the database, queue, sandbox, git, key and App; say what is wrong and how to mend it',
  )
  .action(async () => (await import('./cli/doctor.ts')).doctor());
program
  .command('audit')
  .description(
    'replay the audit trail and say where the tables differ from it; exit status 1 when they do. Changes nothing, also while the crew works',
  )
  .action(async () => (await import('./cli/audit.ts')).audit());
program
  .command('review')
  .description(
    'review a range of commits of a clone on this machine, without GitHub; exit status 2 when no review was made',
  )
  .option('--repo <dir>', 'the clone', '.')
  .option(
    '--base <revision>',
    "where the change begins; left out, where the head left origin's default branch",
  )
  .option('--head <revision>', 'the newest commit of the change', 'HEAD')
  .option('--json <file>', 'write the review as JSON, too; `-` for standard output')
  .addOption(
    new Option(
      '--fail-on <severity>',
      'exit status 1 for a finding of this severity or a graver one',
    ).choices(SEVERITIES),
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (given: { repo: string; base?: string; head: string; json?: string; failOn?: Severity }) => {
    const { review } = await import('./cli/review.ts');
    const { repo, base = null, head, json = null, failOn = null } = given;
    await review({ repo, base, head, json, failOn });
  });
onClone(program.command('run').argument('[task]', 'what is to be done; the first line is its title'))
  .description(
    'do a task on a clone on this machine, without GitHub: plan, approval here, work, checks, a branch; exit status 1 when it is not green, 2 when nothing was made',
  )
  .option('--task-file <file>', 'read the task from a file; `-` for standard input')
  .option('--branch <name>', 'the branch to make; left out, crew/ and words of the task')
  .option('--plan-only', 'end with the plan')
  .option('--auto', 'work without asking for approval; needed where nobody can be asked')
  .option('--interactive', 'ask on standard input, though it is no terminal')
  .action(async (task: string | undefined, given: GivenToRun) => {
    const { runTask } = await import('./cli/run.ts');
    const { branch = null, planOnly = false, auto = false } = given;
    await runTask({ ...runOptions(task, given), branch, planOnly, auto });
  });
onClone(program.command('plan').argument('[task]', 'what is to be done; the first line is its title'))
  .description('what the crew would do about a task on a clone on this machine, without GitHub')
  .option('--task-file <file>', 'read the task from a file; `-` for standard input')
  .option('--interactive', 'ask on standard input, though it is no terminal')
  .action(async (task: string | undefined, given: GivenToRun) => {
    const { planTask } = await import('./cli/plan.ts');
    await planTask(runOptions(task, given));
  });
onClone(program.command('ask').argument('<question>'))
  .description('a question about a clone on this machine, answered by one specialist, without GitHub')
  .action(async (question: string, given: GivenToRun) => {
    const { askQuestion } = await import('./cli/ask.ts');
    const { repo, base, role = null, json = null } = given;
    await askQuestion({ question, repo, base, role, json });
  });
program
  .command('demo')
  .description(
    'three stories on a local GitHub, offline: an issue becomes a pull request, a pull request is reviewed, and six specialists each do an issue alone',
  )
  .option('--once', 'end when all stories have ended, instead of staying up for a browser')
  .option('--fresh', 'forget an interrupted demo and begin anew')
  .action(async (options: { once?: boolean; fresh?: boolean }) => {
    const { runDemo } = await import('./cli/demo.ts');
    await runDemo({ once: options.once ?? false, fresh: options.fresh ?? false });
  });

try {
  await program.parseAsync();
} catch (error) {
  const known = error instanceof ConfigError;
  process.stderr.write(
    `${known ? errorMessage(error) : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}

interface GivenToRun {
  readonly taskFile?: string;
  readonly repo: string;
  readonly base: string;
  readonly branch?: string;
  readonly planOnly?: boolean;
  readonly auto?: boolean;
  readonly interactive?: boolean;
  readonly role?: string;
  readonly json?: string;
}

/** What the commands on a clone share. A mistake in the words is no finding: it ends with 2, as whatever is not made. */
function onClone(command: Command): Command {
  return command
    .option('--repo <dir>', 'the clone', '.')
    .option('--base <revision>', 'the commit to begin upon', 'HEAD')
    .option('--role <name>', 'the one specialist that is wanted')
    .option('--json <file>', 'write what came of it as JSON, too; `-` for standard output')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

function runOptions(task: string | undefined, given: GivenToRun) {
  const { taskFile = null, repo, base, interactive = false, role = null, json = null } = given;
  return { task: task ?? null, taskFile, repo, base, interactive, role, json };
}
