/**
 * `crew demo`: three stories on a local GitHub, offline, by the crew as every installation runs it. Ends with status 0 only
 * when all that should stand on GitHub does. A run that was killed is taken up where it was.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pc from 'picocolors';
import { parseConfig, readEnvironment } from '../src/config.ts';
import { forgetDatabase } from '../src/wire.ts';
import type { Say } from './bring-to-pull-request.ts';
import { tellIssueStory } from './issue-story.ts';
import { createNarrator } from './narrate.ts';
import { shortcomings, type Told } from './outcome.ts';
import { report } from './report.ts';
import { tellReviewStory } from './review-story.ts';
import { tellSpecialistsStory } from './specialists-story.ts';
import type { Stage } from './stage.ts';
import { REPOSITORY, setStage } from './stage.ts';
import { tryPullRequests } from './try-pull-requests.ts';

/** How long the last edits (the final state of the progress comment) may take to reach GitHub. */
const SETTLE_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 100;
/** More than the stories have. */
const TASKS_MAX = 50;

export async function demo(options: { readonly once: boolean; readonly fresh: boolean }): Promise<void> {
  const environment = readEnvironment();
  const root = resolve(environment.CREW_STATE_DIR ?? '.crew', 'demo');
  const { dir, resumed } = await runDir(root, options.fresh);
  const startedMs = performance.now();
  const say = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`${pc.dim(`${seconds} s`)}  ${line}\n`);
  };
  say(resumed ? `going on with the demo that was interrupted (${dir})` : `a new demo in ${dir}`);
  const interrupted = interruption();
  const stage = await setStage(dir, environment);
  introduce(stage, say);
  const narrate = createNarrator(await stage.crew.store.tasks.list({ limit: TASKS_MAX }));
  const unsubscribe = await stage.crew.subscribe((event) => {
    const line = narrate(event);
    if (line !== null) say(line);
  });
  const told = await Promise.race([tellStories(stage, say), interrupted.came]);
  if (told === null) {
    say('interrupted; `npm run demo` goes on from here, `npm run demo -- --fresh` begins anew');
    await stage.interrupt();
    process.exit(130);
  }
  interrupted.release();
  await unsubscribe();
  process.stdout.write(`\n${await report(stage, told)}\n`);
  const missing = await shortcomings(stage, told);
  await finish(stage, root, missing, options.once);
}

/** All stories at once, and what their pull requests are worth when all is written. */
async function tellStories(stage: Stage, say: Say): Promise<Told> {
  const people = (line: string): void => say(pc.cyan(line));
  const [issue, reviews, specialists] = await Promise.all([
    tellIssueStory(stage, people),
    tellReviewStory(stage, people),
    tellSpecialistsStory(stage, people),
  ]);
  await settled(stage);
  say('the demo clones every pull request that the crew opened, and runs the tests of the sample there');
  return { issue, reviews, specialists, tried: await tryPullRequests(stage) };
}

/** A folder for each run; `current` names the one that has not ended. */
async function runDir(
  root: string,
  fresh: boolean,
): Promise<{ readonly dir: string; readonly resumed: boolean }> {
  const current = join(root, 'current');
  await mkdir(root, { recursive: true });
  const known = existsSync(current) ? await readFile(current, 'utf8') : null;
  if (known !== null && existsSync(known)) {
    if (!fresh) return { dir: known, resumed: true };
    await leave(known);
  }
  await forgetEnded(root);
  const dir = join(root, `run-${Date.now()}`);
  await writeFile(current, dir);
  return { dir, resumed: false };
}

/** Runs that came to their end are kept until the next one, for their log. */
async function forgetEnded(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name.startsWith('run-')) await leave(join(root, name));
  }
}

/** Ends what an interrupted run has left behind, and deletes it. */
async function leave(dir: string): Promise<void> {
  if (existsSync(join(dir, 'postgres')))
    await forgetDatabase(parseConfig({ CREW_STATE_DIR: dir, LOG_LEVEL: 'error' }, true));
  await rm(dir, { recursive: true, force: true });
}

interface Interruption {
  /** Resolves to null at Ctrl-C. */
  readonly came: Promise<null>;
  /** Gives the signals back. */
  release(): void;
}

function interruption(): Interruption {
  const { promise, resolve } = Promise.withResolvers<null>();
  const come = (): void => resolve(null);
  process.once('SIGINT', come);
  process.once('SIGTERM', come);
  return {
    came: promise,
    release() {
      process.off('SIGINT', come);
      process.off('SIGTERM', come);
    },
  };
}

function introduce(stage: Stage, say: (line: string) => void): void {
  say(`GitHub:  ${stage.github.url}/${REPOSITORY}  (local, the real one is not touched)`);
  say(
    stage.model === null
      ? 'Model:   Claude, by your ANTHROPIC_API_KEY: this costs money'
      : 'Model:   scripted, offline: it plays conversations that depend on what the crew sends',
  );
  say(
    stage.sandbox === 'on'
      ? 'Sandbox: on'
      : 'Sandbox: off; the scripted model runs only commands that stand in this repository',
  );
  say(`Log:     ${join(stage.dir, 'crew.log')}`);
}

async function settled(stage: Stage): Promise<void> {
  const until = Date.now() + SETTLE_TIMEOUT_MS;
  while (Date.now() < until) {
    const tasks = await stage.crew.store.tasks.list({ limit: TASKS_MAX });
    const effects = await Promise.all(tasks.map((task) => stage.crew.store.effects.ofTask(task.id)));
    const waiting = effects.flat().some((effect) => effect.state === 'planned' || effect.state === 'sending');
    if (!waiting && stage.github.idle()) return;
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}

async function finish(stage: Stage, root: string, missing: readonly string[], once: boolean): Promise<void> {
  for (const line of missing) process.stdout.write(`${pc.red('✗')} ${line}\n`);
  if (missing.length === 0)
    process.stdout.write(
      `${pc.green('✓')} All three stories came to their end, all of it stands on GitHub, and every pull request passes its tests.\n`,
    );
  process.exitCode = missing.length === 0 ? 0 : 1;
  if (!once) {
    process.stdout.write(`\nLook around at ${stage.github.url}/${REPOSITORY} . Ctrl-C ends the demo.\n`);
    await new Promise<void>((ended) => {
      process.once('SIGINT', ended);
      process.once('SIGTERM', ended);
    });
  }
  await stage.close();
  await rm(join(root, 'current'), { force: true });
  if (once)
    process.stdout.write(
      'The local GitHub has ended with the demo; `npm run demo` keeps it up for a browser.\n',
    );
}
