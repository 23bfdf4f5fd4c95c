import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canAfford, costOf, LIST_PRICES, mostCostOf, mostTokensOf } from '../../src/core/budget.ts';

const prices = { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 };
const tiered = {
  ...prices,
  longPrompt: { aboveTokens: 100, input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
};
const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

describe('costOf', () => {
  it.each([
    ['input', { ...none, inputTokens: 1_000_000 }, 2],
    ['output', { ...none, outputTokens: 1_000_000 }, 10],
    ['a cache read', { ...none, cacheReadTokens: 1_000_000 }, 0.1],
    ['a cache write', { ...none, cacheWriteTokens: 1_000_000 }, 2.5],
    [
      'all of them',
      { inputTokens: 1e6, outputTokens: 1e6, cacheReadTokens: 1e6, cacheWriteTokens: 1e6 },
      14.6,
    ],
  ])('prices %s per million tokens', (_, usage, costUsd) => {
    expect(costOf(usage, prices)).toBeCloseTo(costUsd, 10);
  });

  it('takes the long prices for the whole call once the prompt, cache included, is above the threshold', () => {
    const upTo = costOf({ ...none, inputTokens: 50, cacheReadTokens: 50, outputTokens: 10 }, tiered);
    const above = costOf({ ...none, inputTokens: 50, cacheReadTokens: 51, outputTokens: 10 }, tiered);

    expect(upTo).toBeCloseTo((50 * 2 + 50 * 0.1 + 10 * 10) / 1e6, 12);
    expect(above).toBeCloseTo((50 * 4 + 51 * 0.2 + 10 * 20) / 1e6, 12);
  });

  it('never exceeds what mostCostOf said beforehand, however the prompt was cached', () => {
    const count = fc.integer({ min: 0, max: 300_000 });
    fc.assert(
      fc.property(
        count,
        count,
        count,
        count,
        fc.constantFrom(...Object.values(LIST_PRICES), tiered),
        (a, b, c, out, p) => {
          const usage = { inputTokens: a, cacheReadTokens: b, cacheWriteTokens: c, outputTokens: out };

          const most = mostCostOf({ promptTokens: a + b + c, maxOutputTokens: out }, p);

          expect(costOf(usage, p)).toBeLessThanOrEqual(most + 1e-12);
        },
      ),
    );
  });
});

describe('canAfford', () => {
  it.each([
    [{ budgetUsd: 1, spentUsd: 0.5, mostUsd: 0.5 }, true],
    [{ budgetUsd: 1, spentUsd: 0.5, mostUsd: 0.51 }, false],
    [{ budgetUsd: 0, spentUsd: 0, mostUsd: 0 }, true],
    [{ budgetUsd: Number.NaN, spentUsd: 0, mostUsd: 0 }, false],
    [{ budgetUsd: 1, spentUsd: 0, mostUsd: Number.POSITIVE_INFINITY }, false],
  ])('of %o is %s', (budget, yes) => {
    expect(canAfford(budget)).toBe(yes);
  });
});

it('counts at least one token for every two bytes, rounded up', () => {
  expect([mostTokensOf(0), mostTokensOf(1), mostTokensOf(5)]).toEqual([0, 1, 3]);
});

it('lists every model of both tiers with a price for each kind of token', () => {
  expect(Object.keys(LIST_PRICES).sort()).toEqual([
    'claude-haiku-5-5',
    'claude-opus-5-5',
    'claude-sonnet-5-5',
  ]);
  for (const listed of Object.values(LIST_PRICES)) {
    expect(listed.cacheRead).toBeLessThan(listed.input);
    expect(listed.cacheWrite).toBeGreaterThan(listed.input);
    expect(listed.output).toBeGreaterThan(listed.input);
  }
});
