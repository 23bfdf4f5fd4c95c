import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { markdown } from '../../demo/github/pages/markdown.ts';
import { DISCUSSED, DISMISSED } from '../../demo/review-story.ts';
import { readSamplePushes, readSampleTexts, type SamplePush, seedSample } from '../../demo/sample.ts';
import { DIFF_LIMITS } from '../../src/agents/briefing/limits.ts';
import { readDiff } from '../../src/agents/briefing/read-diff.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import { conversationDir, DEMO_CONVERSATIONS, folderFor, modelForTest } from './conversation-dir.ts';
import { refusal, runAgent } from './run-agent.ts';

const run = promisify(execFile);
const SAMPLE = join(import.meta.dirname, '../../demo/sample');
const REVIEWERS = ['frontend', 'backend', 'database', 'qa', 'devops', 'security', 'architect'] as const;

interface Change {
  /** Files that are moved, from → to. */
  readonly moves?: Readonly<Record<string, string>>;
  /** Later pushes that are laid over it. */
  readonly pushes?: readonly SamplePush[];
}

/** The pull request's diff as git makes it. */
async function pullDiff(change: Change = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pull-'));
  try {
    return await diffIn(folder, change);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function diffIn(folder: string, { moves = {}, pushes = [] }: Change): Promise<string> {
  const bareDir = join(folder, 'bare');
  const { mainSha, pullSha } = await seedSample({ bareDir });
  const tree = join(folder, 'tree');
  await run('git', ['clone', '--quiet', bareDir, tree]);
  await run('git', ['-C', tree, 'checkout', '--quiet', pullSha]);
  for (const [from, to] of Object.entries(moves)) {
    await mkdir(dirname(join(tree, to)), { recursive: true });
    await rename(join(tree, from), join(tree, to));
  }
  for (const [path, text] of pushes.flatMap(({ files }) => Object.entries(files))) {
    await writeFile(join(tree, path), text);
  }
  await run('git', ['-C', tree, 'add', '--all']);
  const { stdout } = await run('git', [
    '-C',
    tree,
    'diff',
    '--cached',
    '--src-prefix=a/',
    '--dst-prefix=b/',
    mainSha,
  ]);
  return stdout;
}

async function contextOf(diff: string): Promise<string> {
  const { pull } = await readSampleTexts();
  const about = `<pull_request number="3" head="h" base="b"><title>${pull.title}</title><body>${pull.body}</body></pull_request>`;
  return `${about}\n${readDiff(parseDiff(diff), DIFF_LIMITS).text}`;
}

async function review(
  role: string,
  diff: string,
  conversationsDir = DEMO_CONVERSATIONS,
  earlier: readonly string[] = [],
) {
  const model = await modelForTest({ conversationsDir });
  const context = [...earlier, await contextOf(diff)].join('\n');
  return runAgent({ url: model.url, role, job: 'review', context, workdir: await folderFor('work') });
}

const foundSchema = z.object({ items: z.array(z.object({ name: z.string() })) });
type Search = (db: DatabaseSync, term: string, page: number, size: number) => unknown;

/** The pull request's own search over two items: answers the names that it finds. */
async function sampleSearch(): Promise<(term: string) => readonly string[]> {
  const tree = await folderFor('sample');
  for (const layer of ['base', 'pull-request']) await cp(join(SAMPLE, layer), tree, { recursive: true });
  const { searchItems }: { searchItems: Search } = await import(join(tree, 'server/search.js'));
  const { migrateUp }: { migrateUp: (db: DatabaseSync) => void } = await import(join(tree, 'db/migrate.js'));
  const db = new DatabaseSync(':memory:');
  migrateUp(db);
  db.exec(
    "INSERT INTO items (name, shelf, price_cents) VALUES ('Oats', 'top', 249), ('Plum jam', 'low', 699)",
  );
  return (term) => foundSchema.parse(searchItems(db, term, 1, 20)).items.map(({ name }) => name);
}

/** `path:line` of the first new line with this text. */
function placeOf(diff: string, text: string): string {
  for (const file of parseDiff(diff)) {
    const line = file.hunks.flatMap(({ lines }) => lines).find((one) => one.text.includes(text));
    if (line) return `${file.path}:${line.newLine}`;
  }
  throw new Error(`not in the diff: ${text}`);
}

describe("the review of the sample's pull request", () => {
  let diff = '';
  beforeAll(async () => {
    diff = await pullDiff();
  });

  it('finds every planted fault on its line, by the specialists that it concerns', async () => {
    const found: Record<string, string[]> = {};
    for (const role of REVIEWERS) {
      for (const { path, line } of (await review(role, diff)).findings) {
        found[`${path}:${line}`] = [...(found[`${path}:${line}`] ?? []), role];
      }
    }

    expect(found).toEqual({
      [placeOf(diff, 'const where =')]: ['backend', 'security'],
      [placeOf(diff, 'innerHTML')]: ['frontend', 'security'],
      [placeOf(diff, 'readJson(request);')]: ['backend'],
      [placeOf(diff, 'return item ? sendJson(response, 200, item)')]: ['backend'],
      [placeOf(diff, 'Math.floor')]: ['backend'],
      [placeOf(diff, "get('size')")]: ['backend', 'architect'],
      [placeOf(diff, 'INSERT INTO items_new')]: ['database'],
      [placeOf(diff, 'Nothing to undo')]: ['database'],
      [placeOf(diff, 'status >= 200')]: ['qa'],
      [placeOf(diff, 'LARDER_ADMIN_TOKEN')]: ['devops', 'security'],
      [placeOf(diff, 'USER root')]: ['devops'],
    });
  });

  it('names a search that answers what the security engineer says, and one that does what the backend specialist says', async () => {
    const search = await sampleSearch();
    const [schema = '', price = ''] = await Promise.all(['security', 'backend'].map(firstCodeOfInjection));

    expect(search(schema)).toEqual(['Oats', 'Plum jam']);
    expect(search(schema.replace('price_cents', 'salary'))).toEqual([]);
    expect(search(price)).toEqual(['Plum jam']);
    expect(() => search("Jo's jam")).toThrow(/syntax error/);
  });

  async function firstCodeOfInjection(role: string): Promise<string> {
    const { findings } = await review(role, diff);
    const body = findings.find(({ category }) => category === 'injection')?.body ?? '';
    return /`([^`]+)`/.exec(body)?.[1] ?? '';
  }

  it('quotes code so that none of it is read as Markdown', async () => {
    for (const role of REVIEWERS) {
      for (const { body, evidence } of (await review(role, diff)).findings) {
        const shown = String(markdown(`${body}\n\n${evidence}`));
        const prose = shown.replaceAll(/<code[\s\S]*?<\/code>/g, '');
        expect(prose, role).not.toMatch(/`|\$\{/);
      }
    }
  });

  it('leaves the harmless changes alone', async () => {
    const harmless = ['web/style.css', 'server/items.js', 'server/static.js', 'README.md', 'web/index.html'];

    for (const role of REVIEWERS) {
      const paths = (await review(role, diff)).findings.map(({ path }) => path);
      expect(paths.filter((path) => harmless.includes(path))).toEqual([]);
    }
  });

  it('follows a planted fault into another file', async () => {
    const moved = await pullDiff({ moves: { 'server/search.js': 'server/lookup/find-items.js' } });

    const { findings } = await review('security', moved);

    expect(findings[0]).toMatchObject({
      category: 'injection',
      path: 'server/lookup/find-items.js',
      line: 3,
    });
    expect(findings[0]?.evidence).toContain('server/lookup/find-items.js');
  });

  it('does not report a fault that is not there', async () => {
    const mended = diff.replace(/`name LIKE .*`/, '`name LIKE ?`');

    const { findings } = await review('security', mended);

    expect(findings.map(({ category }) => category)).toEqual(['xss', 'secrets']);
  });

  it('fails loudly when a fault that a script insists on is not there, and when the diff has another form', async () => {
    const strict = await conversationDir({
      strict: `about: insists\nwhen: { job: review }\ntake: { gone: { diff: 'DROP DATABASE' } }\nanswer: { summary: x, findings: [], earlier: [] }\n`,
    });
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });
    const context =
      '<diff>\n<file path="a.js" old_path="a.js" status="modified" read="full">\n+added\n</file>\n</diff>';

    const missing = await refusal(review('security', diff, strict));
    const otherForm = await refusal(
      runAgent({
        url: model.url,
        role: 'security',
        job: 'review',
        context,
        workdir: await folderFor('work'),
      }),
    );

    expect(missing).toMatch(
      /"strict": "gone" looks for an added line \/DROP DATABASE\/m in the diff, which is not there/,
    );
    expect(otherForm).toMatch(/no row of an annotated diff: \+added/);
  });

  it('has an empty review for a role that it does not know', async () => {
    const { summary, findings } = await review('accessibility', diff);

    expect(findings).toEqual([]);
    expect(summary).toBe('accessibility read the change and has nothing to report.');
  });

  it('judges again after the second push what it said before: the bound term as fixed, what only moved as standing', async () => {
    const [second] = await readSamplePushes();
    const pushed = await pullDiff({ pushes: second === undefined ? [] : [second] });
    const earlier = [
      earlierFinding('E1', 'SQL injection through the search term'),
      earlierFinding('E2', 'The body is read without await'),
    ];

    const before = await review('backend', diff, DEMO_CONVERSATIONS, earlier);
    const after = await review('backend', pushed, DEMO_CONVERSATIONS, earlier);

    const titles = after.findings.map(({ title }) => title);
    expect(before.earlier.map(({ verdict }) => verdict)).toEqual(['stands', 'stands']);
    expect(after.earlier.map(({ verdict }) => verdict)).toEqual(['fixed', 'stands']);
    expect(titles).toContain('Searches repeat what was cached before');
    expect(before.findings.map(({ title }) => title)).not.toContain('Searches repeat what was cached before');
    expect(titles).not.toContain('The search term is part of the SQL text');
  });

  it('goes on reporting what the maintainer dismissed when its file is pushed to, so that the demo shows it held back', async () => {
    const pushed = await pullDiff({ pushes: await readSamplePushes() });

    const found = [await review('devops', pushed), await review('qa', pushed)].flatMap(
      ({ findings }) => findings,
    );

    expect(found.map(({ title }) => title)).toEqual(expect.arrayContaining([DISMISSED, DISCUSSED]));
  });
});

function earlierFinding(id: string, title: string): string {
  const where = 'path="server/search.js" line="3" severity="critical" state="open" reread="true"';
  return `<earlier_finding id="${id}" roles="security, backend" ${where}><title>${title}</title><body>b</body></earlier_finding>`;
}
