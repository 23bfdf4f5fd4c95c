import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { folderFor, yesModel } from './conversation-dir.ts';
import { API_KEY, clientOf, requestFor, toolsIn } from './run-agent.ts';

const question = requestFor({ role: 'backend', job: 'answer', context: 'ctx', asked: 'well?' });

describe('ordered faults', () => {
  it.each([
    ['rate-limit', 429, 'rate_limit_error'],
    ['server-error', 500, 'api_error'],
    ['overloaded', 529, 'overloaded_error'],
  ] as const)('answers %s once, then as ever', async (kind, status, type) => {
    const model = await yesModel({ faults: [{ kind, retryAfterS: 3 }] });
    const client = clientOf(model.url);

    const failed = await client.messages.create(question).catch((error: unknown) => error);
    const next = await client.messages.create(question);

    expect(failed).toMatchObject({ status, type });
    if (failed instanceof Anthropic.APIError && status === 429) {
      expect(failed.headers?.get('retry-after')).toBe('3');
    }
    expect(next.stop_reason).toBe('end_turn');
    expect(model.requests().map((request) => request.fault)).toEqual([kind, null]);
  });

  it('is survived by the retries of the SDK', async () => {
    const model = await yesModel({ faults: [{ kind: 'overloaded', times: 2 }] });
    const client = new Anthropic({ apiKey: API_KEY, baseURL: model.url, maxRetries: 2 });

    const message = await client.messages.create(question);

    expect(message.stop_reason).toBe('end_turn');
    expect(model.requests().map(({ status }) => status)).toEqual([529, 529, 200]);
  });

  it('resets the connection, before the response and in the middle of a stream', async () => {
    const model = await yesModel({ faults: [{ kind: 'reset' }, { kind: 'reset', afterEvents: 2 }] });
    const client = clientOf(model.url);

    await expect(client.messages.create(question)).rejects.toThrow(Anthropic.APIConnectionError);
    await expect(client.messages.stream(question).finalMessage()).rejects.toThrow();
  });

  it('cuts a stream, or breaks it with an error event', async () => {
    const model = await yesModel({
      faults: [
        { kind: 'cut', afterEvents: 4 },
        { kind: 'stream-error', afterEvents: 4 },
      ],
    });
    const client = clientOf(model.url);

    await expect(client.messages.stream(question).finalMessage()).rejects.toThrow(
      /without producing a Message|ended/,
    );
    await expect(client.messages.stream(question).finalMessage()).rejects.toThrow(/Overloaded/);
  });

  it('ends an answer in the middle of its JSON, at max_tokens, or with a refusal', async () => {
    const model = await yesModel({
      faults: [{ kind: 'truncated-json' }, { kind: 'max-tokens' }, { kind: 'refusal' }],
    });
    const client = clientOf(model.url);
    const ask = () => client.messages.stream(question).finalMessage();

    const [torn, short, refused] = [await ask(), await ask(), await ask()];

    expect(torn).toMatchObject({ stop_reason: 'end_turn', content: [{}, { text: '{"answer' }] });
    expect(short.stop_reason).toBe('max_tokens');
    expect(refused).toMatchObject({ stop_reason: 'refusal', content: [], stop_details: { type: 'refusal' } });
  });

  it('calls tools without end, for whom and as often as it was ordered', async () => {
    const model = await yesModel({ faults: [{ kind: 'endless-tools', role: 'backend', times: Infinity }] });
    const runner = clientOf(model.url).beta.messages.toolRunner({
      ...question,
      tools: toolsIn(await folderFor('work')),
      thread: false,
      max_iterations: 5,
    });

    const last = await runner.runUntilDone();
    const other = await clientOf(model.url).messages.create(
      requestFor({ role: 'qa', job: 'answer', context: 'c' }),
    );

    expect(last.stop_reason).toBe('tool_use');
    expect(model.requests()).toHaveLength(6);
    expect(other.stop_reason).toBe('end_turn');
  });

  it('calls a tool that is not there, and goes on with its script once it has been told so', async () => {
    const model = await yesModel({ faults: [{ kind: 'unknown-tool' }] });
    const runner = clientOf(model.url).beta.messages.toolRunner({
      ...question,
      tools: toolsIn(await folderFor('work')),
      stream: true,
      thread: false,
    });

    const last = await runner.runUntilDone();

    expect(JSON.stringify(model.requests()[1]?.body)).toContain('teleport');
    expect(last.content.at(-1)).toMatchObject({ text: '{"answer":"yes"}' });
  });

  it('sends slowly', async () => {
    const model = await yesModel();
    model.setFaults([{ kind: 'slow', delayMs: 20 }]);
    const client = clientOf(model.url);
    const began = performance.now();

    await client.messages.stream(question).finalMessage();

    expect(performance.now() - began).toBeGreaterThan(150);
  });
});
