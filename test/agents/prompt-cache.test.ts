import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type InputUsage, PromptCache } from '../../demo/model/prompt-cache.ts';
import { loadHiveMind } from '../../src/agents/hive-mind.ts';
import { loadRoles, shippedRolesDir } from '../../src/agents/roles.ts';
import { LIST_PRICES } from '../../src/core/budget.ts';
import type { FileDiff } from '../../src/core/diff.ts';
import { reviewTask, surveyOf } from '../support/records.ts';
import { agentWorld } from './agent-world.ts';
import { type ScriptedReply, startApi } from './loop-api.ts';

const SIX = ['backend', 'frontend', 'database', 'qa', 'devops', 'security'];
const PATHS = ['server/api.js', 'web/page.tsx', 'db/migrations/1.sql'];
const ANSWER: ScriptedReply = { text: JSON.stringify({ summary: 'Sound.', findings: [], earlier: [] }) };
const LOOK: ScriptedReply = { calls: [{ name: 'glob', input: { pattern: '**/*' } }] };

/** A small pull request: three files of 60 added lines. */
const changed = PATHS.map(
  (path): FileDiff => ({
    path,
    oldPath: path,
    status: 'modified',
    binary: false,
    additions: 60,
    deletions: 0,
    hunks: [
      {
        header: '@@ -0,0 +1,60 @@',
        lines: Array.from({ length: 60 }, (_, at) => ({
          kind: 'added',
          oldLine: null,
          newLine: at + 1,
          text: `  const total${at} = items.reduce((sum, item) => sum + item.price, 0);`,
        })),
      },
    ],
  }),
);

const roles = await loadRoles([shippedRolesDir]);
const hiveMind = await loadHiveMind(fileURLToPath(new URL('../../hive-mind/', import.meta.url)));

/** Accounts for the calls of a review by these roles, one after another, on a cache that knows nothing yet. */
async function reviewBy(
  names: readonly string[],
  script: readonly ScriptedReply[],
): Promise<readonly InputUsage[]> {
  const cache = new PromptCache(() => 0);
  const usages: InputUsage[] = [];
  for (const name of names) {
    const api = await startApi(script);
    const { run } = await agentWorld({
      client: api.client,
      task: reviewTask(),
      subtask: { kind: 'review', key: `review-${name}`, role: name, files: PATHS },
      review: { survey: surveyOf(PATHS, names), candidates: [] },
      changed,
      options: { roles, hiveMind },
    });
    expect((await run()).outcome.kind).toBe('findings');
    usages.push(...api.requests.map((request) => cache.account(request)));
    await api.close();
  }
  return usages;
}

function inputCostOf(usages: readonly InputUsage[]): number {
  const prices = LIST_PRICES['claude-sonnet-5-5'];
  if (prices === undefined) throw new Error('no prices');
  const costs = usages.map(
    (usage) =>
      usage.input_tokens * prices.input +
      usage.cache_creation_input_tokens * prices.cacheWrite +
      usage.cache_read_input_tokens * prices.cacheRead,
  );
  return costs.reduce((sum, cost) => sum + cost, 0);
}

it('a review of a small change by six roles costs at most 1.6 times the input of a review by one', async () => {
  const ones = await Promise.all(SIX.map((name) => reviewBy([name], [ANSWER])));
  const one = ones.reduce((sum, usages) => sum + inputCostOf(usages), 0) / SIX.length;

  const six = inputCostOf(await reviewBy(SIX, [ANSWER]));

  expect(six / one).toBeLessThanOrEqual(1.6);
});

it('only the first of six reviewers writes what they share, however many turns each takes', async () => {
  const turns = 4;
  const usages = await reviewBy(SIX, [LOOK, LOOK, LOOK, ANSWER]);

  const firstOfEach = usages.filter((_, at) => at % turns === 0);
  const [first, ...others] = firstOfEach;
  const shared = Math.min(...others.map((usage) => usage.cache_read_input_tokens));
  for (const other of others) {
    expect(other.cache_read_input_tokens).toBe(shared);
    expect(other.cache_creation_input_tokens).toBeLessThan(shared / 8);
  }
  expect(first?.cache_read_input_tokens).toBe(0);
  expect(usages.every(({ input_tokens }) => input_tokens === 0)).toBe(true);
});

it('each turn of a run reads the whole conversation before it from the cache', async () => {
  const usages = await reviewBy(['backend'], [LOOK, LOOK, LOOK, ANSWER]);

  const sizes = usages.map((usage) => usage.cache_read_input_tokens + usage.cache_creation_input_tokens);
  expect(usages.map(({ input_tokens }) => input_tokens)).toEqual([0, 0, 0, 0]);
  expect(usages.map((usage) => usage.cache_read_input_tokens)).toEqual([0, ...sizes.slice(0, -1)]);
});
