/**
 * What the input of a review by six roles costs against the same review by one, by list prices and the scripted model's
 * account of its cache: what the reviewers share is to be paid for once. Tokens are counted, not timed, so one run is enough.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { simpleGit } from 'simple-git';
import { startModel } from '../demo/model/start-model.ts';
import { seedSample } from '../demo/sample.ts';
import { parseConfig, readEnvironment } from '../src/config.ts';
import { costOf } from '../src/core/budget.ts';
import type { TaskRecords } from '../src/core/store-ports.ts';

import { createLog, openLocalCrew, readRange } from '../src/wire.ts';

const SIX = ['backend', 'frontend', 'database', 'qa', 'devops', 'security'] as const;
/** What the issue that this answers allows. */
const RATIO_WANTED = 1.6;
const KEY = 'bench';
const LINES_PER_FILE = 50;
const FILES_PER_AREA = 5;
/** A path of each area, with the number of the file. */
const AREAS = [
  (n: number) => `web/components/Panel${n}.tsx`,
  (n: number) => `server/routes/orders${n}.js`,
  (n: number) => `db/migrations/${String(n).padStart(3, '0')}_orders.sql`,
  (n: number) => `test/orders${n}.test.js`,
  (n: number) => `deploy/orders${n}.dockerfile`,
  (n: number) => `server/auth/session${n}.js`,
];
/** Whoever is asked reads once and has nothing to report: what a review costs in input is then its briefings. */
const CONVERSATION = `about: Reads, and has nothing to report
when: { job: review }
answer: { summary: Nothing to report., findings: [], earlier: [] }
`;

interface Range {
  readonly name: string;
  readonly dir: string;
  readonly base: string;
  readonly head: string;
}

export async function run(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-review-'));
  try {
    await mkdir(join(dir, 'conversations'));
    await writeFile(join(dir, 'conversations', 'nothing.yaml'), CONVERSATION);
    const ranges = [await sampleRange(join(dir, 'sample')), await ordinaryRange(join(dir, 'ordinary'))];
    console.log(`input of a review by ${SIX.length} roles against one by a single role, one call each:`);
    for (const range of ranges) await compare(join(dir, 'conversations'), range);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function compare(conversationsDir: string, range: Range): Promise<void> {
  const one = await inputOf(conversationsDir, await withRoles(range, ['security']));
  const six = await inputOf(conversationsDir, await withRoles(range, SIX));
  const ratio = six.usd / one.usd;
  console.log(`  ${range.name}`);
  for (const [name, { usd, fresh, written, read, reviews }] of [
    ['one', one],
    ['six', six],
  ] as const) {
    const tokens = `${written} tokens written to the cache, ${read} read from it, ${fresh} neither`;
    console.log(
      `    ${name}: $${usd.toFixed(5)} (${reviews} ${reviews === 1 ? 'reviewer' : 'reviewers'}: ${tokens})`,
    );
  }
  console.log(`    ratio ${ratio.toFixed(2)}; at most ${RATIO_WANTED} is wanted`);
}

/** Of the whole task: every call that it made. A model of its own, so that nothing is in its cache yet. */
async function inputOf(conversationsDir: string, { dir, base, head }: Range) {
  const { PATH } = readEnvironment();
  const model = await startModel({ conversationsDir, port: 0, apiKey: KEY });
  const settings = {
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: model.url,
    CREW_SANDBOX: 'off',
    LOG_LEVEL: 'error',
  };
  const config = parseConfig({ ...settings, ...(PATH === undefined ? {} : { PATH }) }, false);
  const crew = await openLocalCrew(config, createLog(config));
  try {
    const { signal } = new AbortController();
    const range = await readRange({ dir, base, head, stagingDir: `${dir}.clone`, path: config.path, signal });
    const { records } = await crew.review({ range, signal, onProblem: console.error });
    if (records.task.state !== 'done')
      throw new Error(`the review is ${records.task.state}: ${records.task.reason}`);
    return accountOf(records, config.prices);
  } finally {
    await crew.close();
    await model.close();
  }
}

function accountOf({ results, subtasks }: TaskRecords, prices: ReturnType<typeof parseConfig>['prices']) {
  const calls = results.flatMap(({ usage }) =>
    usage.model === null ? [] : [{ ...usage, model: usage.model }],
  );
  const sum = (of: (usage: (typeof calls)[number]) => number) =>
    calls.reduce((total, usage) => total + of(usage), 0);
  return {
    usd: sum((usage) => {
      const rates = prices[usage.model];
      if (rates === undefined) throw new Error(`no price for ${usage.model}`);
      return costOf({ ...usage, outputTokens: 0 }, rates);
    }),
    fresh: sum(({ inputTokens }) => inputTokens),
    written: sum(({ cacheWriteTokens }) => cacheWriteTokens),
    read: sum(({ cacheReadTokens }) => cacheReadTokens),
    reviews: subtasks.filter(({ kind }) => kind === 'review').length,
  };
}

/** The same range in a repository that lets only these roles work; the commits' own texts differ by nothing else. */
async function withRoles(range: Range, roles: readonly string[]): Promise<Range> {
  const dir = `${range.dir}-${roles.length}`;
  await simpleGit().clone(range.dir, dir);
  const git = simpleGit(dir, { config: ['user.name=bench', 'user.email=bench@example.com'] });
  const commitOnto = async (rev: string): Promise<void> => {
    await git.checkout(['--quiet', '--detach', rev]);
    await put(dir, '.github/crew.yml', `roles: [${roles.join(', ')}]\n`);
    await git.add(['--all']).commit('Configure the crew');
  };
  await commitOnto(range.base);
  const base = await git.revparse(['HEAD']);
  await git.checkout(['--quiet', '--detach', range.head]);
  const tree = await git.revparse(['HEAD^{tree}']);
  await git.checkout(['--quiet', '--detach', base]);
  await git.raw(['read-tree', '--reset', '-u', tree]);
  await put(dir, '.github/crew.yml', `roles: [${roles.join(', ')}]\n`);
  await git.add(['--all']).commit('The change');
  return { ...range, dir, base, head: await git.revparse(['HEAD']) };
}

async function sampleRange(dir: string): Promise<Range> {
  const { mainSha, pullSha } = await seedSample({ bareDir: dir });
  return { name: "the demo's pull request", dir, base: mainSha, head: pullSha };
}

/** What a busy week's pull request is like: 30 files in six areas, 1,500 changed lines. */
async function ordinaryRange(dir: string): Promise<Range> {
  await mkdir(dir, { recursive: true });
  const git = simpleGit(dir, { config: ['user.name=bench', 'user.email=bench@example.com'] });
  await git.init(['--initial-branch=main']);
  await put(dir, 'README.md', '# Orders\n');
  await git.add(['--all']).commit('Begin');
  const base = await git.revparse(['HEAD']);
  for (let n = 1; n <= FILES_PER_AREA; n += 1) {
    for (const pathOf of AREAS) await put(dir, pathOf(n), linesOf(pathOf(n)));
  }
  await git.add(['--all']).commit('Orders, with their page');
  const head = await git.revparse(['HEAD']);
  const lines = FILES_PER_AREA * AREAS.length * LINES_PER_FILE;
  return { name: `${FILES_PER_AREA * AREAS.length} files, ${lines} added lines`, dir, base, head };
}

function linesOf(path: string): string {
  return Array.from(
    { length: LINES_PER_FILE },
    (_, at) => `  const order${at} = await readOrder(db, ${at}, '${path}');\n`,
  ).join('');
}

async function put(dir: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
}
