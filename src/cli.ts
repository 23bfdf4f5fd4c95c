#!/usr/bin/env node
/** The `crew` command. Each verb is a file in `cli/`; this one reads the words and says what went wrong. */
import { Command, Option } from 'commander';
import { boundHeap } from './cli/bound-heap.ts';
import { SEVERITIES } from './core/answers.ts';
import { ConfigError, errorMessage } from './core/errors.ts';
import type { Severity } from './core/records.ts';

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
