import { describe, expect, it } from 'vitest';
import { conversationDir, folderFor, modelForTest, yesModel } from './conversation-dir.ts';
import { API_KEY, clientOf, requestFor, runAgent, toolsIn } from './run-agent.ts';

const question = requestFor({ role: 'backend', job: 'answer', context: 'ctx', asked: 'well?' });

describe('the scripted model as the Messages API', () => {
  it('answers without streaming and with, alike but for the id', async () => {
    const client = clientOf((await yesModel()).url);

    const plain = await client.beta.messages.create(question);
    const streamed = await client.beta.messages.stream(question).finalMessage();
    const stable = await client.messages.create(question);

    expect(plain.content.map((block) => block.type)).toEqual(['thinking', 'text']);
    expect(streamed.content).toEqual(plain.content);
    expect(streamed.stop_reason).toBe('end_turn');
    expect(streamed.usage.input_tokens).toBe(plain.usage.input_tokens);
    expect(streamed.usage.output_tokens).toBe(plain.usage.output_tokens);
    expect(stable.content).toMatchObject([{ type: 'thinking' }, { type: 'text', text: '{"answer":"yes"}' }]);
  });

  it('sends the events of a stream in the order that the API documents', async () => {
    const client = clientOf((await yesModel()).url);
    const response = await client.messages.create({ ...question, stream: true }).asResponse();

    const events = [...(await response.text()).matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);

    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(events).toEqual([
      'message_start',
      'ping',
      ...['content_block_start', 'content_block_delta', 'content_block_stop'],
      ...['content_block_start', 'content_block_delta', 'content_block_stop'],
      'message_delta',
      'message_stop',
    ]);
  });

  it('counts the tokens that a request is then billed for', async () => {
    const client = clientOf((await yesModel()).url);
    const { max_tokens: _, ...countable } = question;

    const counted = await client.beta.messages.countTokens(countable);
    const billed = await client.beta.messages.create(question);

    expect(counted.input_tokens).toBe(billed.usage.input_tokens);
    expect(counted.input_tokens).toBeGreaterThan(10);
  });

  it('lists the models of the crew, one by one too', async () => {
    const client = clientOf((await yesModel()).url);

    const listed = await client.models.list();
    const one = await client.models.retrieve('claude-haiku-5-5');

    expect(listed.data.map(({ id }) => id)).toEqual([
      'claude-opus-5-5',
      'claude-sonnet-5-5',
      'claude-haiku-5-5',
    ]);
    expect(one.max_tokens).toBe(128_000);
  });

  it('runs parallel tool calls through the real tool runner, streaming or not, and never outside the schema', async () => {
    const conversationsDir = await conversationDir({
      files: `
about: writes two files and reads one
when: { role: backend, job: work }
turns:
  - calls:
      - { tool: write, input: { file_path: a.txt, content: 'first {{ job.task }}' } }
      - { tool: write, input: { file_path: b.txt, content: second } }
  - expect: ['wrote 8 bytes to a.txt', 'wrote 6 bytes to b.txt']
    calls:
      - { tool: read, input: { file_path: a.txt } }
finally: { take: { seen: { result: '^first (?<task>.*)$' } } }
answer: { summary: 'read {{ seen }} of {{ seen.task }}', decisions: [], checks: [], not_done: [] }
`,
    });
    const model = await modelForTest({ conversationsDir });
    const job = { role: 'backend', job: 'work', context: 'ctx' } as const;

    const streamed = await runAgent({ ...job, url: model.url, workdir: await folderFor('work') });
    const tools = toolsIn(await folderFor('work'));
    const plain = await clientOf(model.url).beta.messages.toolRunner({
      ...requestFor(job),
      tools,
      thread: false,
    });

    expect(streamed.summary).toBe('read first T1 of T1');
    expect(plain.content.at(-1)).toMatchObject({
      type: 'text',
      text: expect.stringContaining('read first T1'),
    });
    expect(model.violations()).toEqual([]);
    expect(model.requests().map(({ turn, stopReason }) => [turn, stopReason])).toEqual([
      ...[
        [1, 'tool_use'],
        [2, 'tool_use'],
        [3, 'end_turn'],
      ],
      ...[
        [1, 'tool_use'],
        [2, 'tool_use'],
        [3, 'end_turn'],
      ],
    ]);
    expect(model.requests()[0]).toMatchObject({
      role: 'backend',
      job: 'work',
      task: 'T1',
      subtask: 'S1',
      status: 200,
    });
  });

  it('keeps thinking to itself unless a summary is asked for', async () => {
    const conversationsDir = await conversationDir({
      says: 'about: thinks\nwhen: { job: answer }\nfinally: { say: Hm. }\nanswer: { answer: "yes" }\n',
    });
    const client = clientOf((await modelForTest({ conversationsDir })).url);

    const quiet = await client.beta.messages.create(question);
    const shown = await client.beta.messages.create({
      ...question,
      thinking: { type: 'adaptive', display: 'summarized' },
    });

    expect(quiet.content[0]).toMatchObject({ type: 'thinking', thinking: '' });
    expect(shown.content[0]).toMatchObject({ type: 'thinking', thinking: 'Hm.' });
  });

  it('stops at max_tokens, and warms the cache with none', async () => {
    const client = clientOf((await yesModel()).url);

    const short = await client.messages.create({ ...question, max_tokens: 2 });
    const none = await client.messages.create({ ...question, max_tokens: 0 });

    expect(short).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 2 } });
    expect(short.content.at(-1)).toMatchObject({ text: '{"answer' });
    expect(none).toMatchObject({ stop_reason: 'max_tokens', content: [], usage: { output_tokens: 0 } });
  });

  it('takes the key as bearer token and as x-api-key, and refuses a wrong or missing one', async () => {
    const { url } = await yesModel();
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${url}/v1/models`, { headers: { 'anthropic-version': '2023-06-01', ...headers } }))
        .status;

    expect(await status({ authorization: `Bearer ${API_KEY}` })).toBe(200);
    expect(await status({ 'x-api-key': API_KEY })).toBe(200);
    expect(await status({ 'x-api-key': 'wrong' })).toBe(401);
    expect(await status({})).toBe(401);
  });
});
