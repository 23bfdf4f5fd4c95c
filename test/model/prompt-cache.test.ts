import { describe, expect, it } from 'vitest';
import type { CountRequest } from '../../demo/model/messages-request.ts';
import { countTokens, PromptCache } from '../../demo/model/prompt-cache.ts';

const MINUTE_MS = 60_000;
const mark = { type: 'ephemeral' as const };

/** Text of a number of tokens, four bytes each. */
const text = (tokens: number, letter = 'a') => ({ type: 'text' as const, text: letter.repeat(tokens * 4) });

function request(change: Partial<CountRequest>): CountRequest {
  return { model: 'claude-opus-5-5', messages: [{ role: 'user', content: 'hi!!' }], ...change };
}

function cacheAt() {
  const clock = { nowMs: 0 };
  const cache = new PromptCache(() => clock.nowMs);
  const account = (change: Partial<CountRequest>) => {
    const usage = cache.account(request(change));
    return [usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens];
  };
  return { account, clock, cache };
}

const shared = { system: [{ ...text(1000), cache_control: mark }] };

describe('the prompt cache account', () => {
  it('writes a marked prefix once and reads it from then on', () => {
    const { account } = cacheAt();

    expect(account(shared)).toEqual([1, 1000, 0]);
    expect(account(shared)).toEqual([1, 0, 1000]);
    expect(account({ ...shared, messages: [{ role: 'user', content: 'something else' }] })).toEqual([
      4, 0, 1000,
    ]);
  });

  it('moves the top-level mark forward as the conversation grows', () => {
    const { account } = cacheAt();
    const turn = (...blocks: ReturnType<typeof text>[]) => ({
      cache_control: mark,
      messages: [{ role: 'user' as const, content: blocks }],
    });

    expect(account(turn(text(600)))).toEqual([0, 600, 0]);
    expect(account(turn(text(600), text(50, 'b')))).toEqual([0, 50, 600]);
    expect(account(turn(text(600), text(50, 'b'), text(7, 'c')))).toEqual([0, 7, 650]);
  });

  it('misses after a change anywhere before the mark, and in tools, model or output format', () => {
    const { account } = cacheAt();
    account(shared);

    const tools = [{ name: 'glob', input_schema: { type: 'object' as const } }];
    const output_config = { format: { type: 'json_schema' as const, schema: { type: 'object' } } };

    expect(account({ system: [{ ...text(1000, 'b'), cache_control: mark }] })[2]).toBe(0);
    expect(account({ ...shared, tools })[2]).toBe(0);
    expect(account({ ...shared, model: 'claude-haiku-5-5' })[2]).toBe(0);
    expect(account({ ...shared, output_config })[2]).toBe(0);
    expect(account(shared)[2]).toBe(1000);
  });

  it('forgets after five minutes without use, after an hour where that was asked for', () => {
    const { account, clock } = cacheAt();
    const long = { system: [{ ...text(700, 'l'), cache_control: { ...mark, ttl: '1h' as const } }] };
    account(shared);
    account(long);

    clock.nowMs = 4 * MINUTE_MS;
    const refreshed = account(shared);
    clock.nowMs = 8 * MINUTE_MS;
    const alive = account(shared);
    clock.nowMs = 14 * MINUTE_MS;
    const gone = account(shared);
    const kept = account(long);

    expect([refreshed, alive, gone, kept]).toEqual([
      [1, 0, 1000],
      [1, 0, 1000],
      [1, 1000, 0],
      [1, 0, 700],
    ]);
  });

  it('caches nothing below the least length of the model', () => {
    const { account } = cacheAt();
    const short = { system: [{ ...text(511), cache_control: mark }] };
    const enough = { system: [{ ...text(512), cache_control: mark }] };

    expect([account(short), account(short)]).toEqual([
      [512, 0, 0],
      [512, 0, 0],
    ]);
    expect([account(enough), account(enough)]).toEqual([
      [1, 512, 0],
      [1, 0, 512],
    ]);
    expect(account({ ...enough, model: 'claude-sonnet-5-5' })).toEqual([513, 0, 0]);
  });

  it('looks back over 20 blocks from a mark, and no further', () => {
    const found = cacheAt();
    const lost = cacheAt();
    const talk = (blocks: number) => ({
      cache_control: mark,
      messages: [
        { role: 'user' as const, content: [text(1000), ...Array.from({ length: blocks }, () => text(1))] },
      ],
    });

    found.account(talk(0));
    lost.account(talk(0));

    expect(found.account(talk(19))).toEqual([0, 19, 1000]);
    expect(lost.account(talk(20))).toEqual([0, 1020, 0]);
  });

  it('counts what each time to live has written', () => {
    const { cache } = cacheAt();

    const usage = cache.account(
      request({
        tools: [{ name: 'g', input_schema: { type: 'object' }, cache_control: { ...mark, ttl: '1h' } }],
        system: [{ ...text(600), cache_control: { ...mark, ttl: '1h' } }],
        cache_control: mark,
      }),
    );

    expect(usage.cache_creation.ephemeral_5m_input_tokens).toBe(1);
    expect(usage.cache_creation.ephemeral_1h_input_tokens).toBe(usage.cache_creation_input_tokens - 1);
  });

  it('splits the tokens of a request and loses none', () => {
    const { cache } = cacheAt();
    const whole = request({ ...shared, messages: [{ role: 'user', content: 'ça va?' }] });

    const usage = cache.account(whole);

    expect(countTokens(whole)).toBe(1002);
    expect(usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens).toBe(1002);
  });
});
