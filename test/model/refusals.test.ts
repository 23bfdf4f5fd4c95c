import { describe, expect, it } from 'vitest';
import { yesModel } from './conversation-dir.ts';
import { API_KEY } from './run-agent.ts';

const glob = { name: 'glob', input_schema: { type: 'object' } };
const use = (id: string) => ({ type: 'tool_use', id, name: 'glob', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'x' });
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
const format = (schema: unknown) => ({ output_config: { format: { type: 'json_schema', schema } } });

const good = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [user('<role name="qa">m</role><job kind="answer" task="T1">well?</job>')],
  ...format({ type: 'object', properties: { answer: { type: 'string' } }, additionalProperties: false }),
};

const talk = (...messages: unknown[]) => ({ tools: [glob], messages });

const REFUSED: readonly [string, object, number, RegExp][] = [
  ['an unknown model', { model: 'claude-opus-9' }, 404, /^model: claude-opus-9$/],
  ['no max_tokens', { max_tokens: undefined }, 400, /^max_tokens: Field required$/],
  ['more output than the model has', { max_tokens: 200_000 }, 400, /200000 > 128000/],
  ['an unknown field', { wisdom: 1 }, 400, /^wisdom: Extra inputs are not permitted$/],
  [
    'an unknown field of a block',
    { messages: [user([{ type: 'text', text: 'x', tone: 1 }])] },
    400,
    /tone: Extra inputs/,
  ],
  ['a server-held thread', { thread: { id: 't' } }, 400, /^thread: Extra inputs/],
  ['no messages', { messages: [] }, 400, /at least one message is required/],
  [
    'the assistant first',
    { messages: [assistant('x'), user('y')] },
    400,
    /first message must use the "user" role/,
  ],
  [
    'the assistant last',
    { messages: [user('x'), assistant('y')] },
    400,
    /does not support assistant message prefill/,
  ],
  [
    'empty text',
    { messages: [user([{ type: 'text', text: '' }])] },
    400,
    /text content blocks must be non-empty/,
  ],
  ['blank text', { system: [{ type: 'text', text: ' \n' }] }, 400, /^system: .*non-whitespace/],
  [
    'a call without its result',
    talk(user('x'), assistant([use('t1')]), user('y')),
    400,
    /without `tool_result` blocks immediately after: t1/,
  ],
  [
    'text before the result',
    talk(user('x'), assistant([use('t1')]), user([{ type: 'text', text: 'y' }, result('t1')])),
    400,
    /immediately after: t1/,
  ],
  [
    'a result without its call',
    talk(user([result('t9')])),
    400,
    /unexpected `tool_use_id` found in `tool_result` blocks: t9/,
  ],
  [
    'two results of one call',
    talk(user('x'), assistant([use('t1')]), user([result('t1'), result('t1')])),
    400,
    /must have a single result/,
  ],
  [
    'one id used twice',
    talk(
      user('x'),
      assistant([use('t1')]),
      user([result('t1')]),
      assistant([use('t1')]),
      user([result('t1')]),
    ),
    400,
    /ids must be unique/,
  ],
  [
    'results without tools',
    { messages: [user('x'), assistant([use('t1')]), user([result('t1')])] },
    400,
    /must define tools/,
  ],
  [
    'five cache marks',
    { messages: [user([marked, marked, marked, marked, marked])] },
    400,
    /maximum of 4 blocks with cache_control may be provided. Found 5/,
  ],
  [
    'four marks and the top-level one',
    {
      cache_control: { type: 'ephemeral' },
      messages: [user([marked, marked, marked, marked, { type: 'text', text: 'x' }])],
    },
    400,
    /Found 5/,
  ],
  [
    'a long-lived mark after a short one',
    { messages: [user([marked, { ...marked, cache_control: { type: 'ephemeral', ttl: '1h' } }])] },
    400,
    /must not come after a ttl='5m'/,
  ],
  ['two tools of one name', { tools: [glob, glob] }, 400, /^tools: Tool names must be unique\.$/],
  ['a tool name with a space', { tools: [{ ...glob, name: 'my glob' }] }, 400, /should match pattern/],
  ['a temperature', { temperature: 0.2 }, 400, /`temperature` is deprecated/],
  [
    'a thinking budget',
    { thinking: { type: 'enabled', budget_tokens: 2000 } },
    400,
    /"thinking.type.enabled" is not supported/,
  ],
  [
    'thinking switched off',
    { thinking: { type: 'disabled' } },
    400,
    /"thinking.type.disabled" is not supported/,
  ],
  ['forced tool use', { tools: [glob], tool_choice: { type: 'any' } }, 400, /forces tool use/],
  [
    'thinking that the model did not write',
    {
      messages: [
        user('x'),
        assistant([
          { type: 'thinking', thinking: 'a', signature: 'b' },
          { type: 'text', text: 'c' },
        ]),
        user('y'),
      ],
    },
    400,
    /Invalid `signature` in `thinking` block/,
  ],
  [
    'an open object as output',
    format({ type: 'object', properties: {} }),
    400,
    /'additionalProperties' must be explicitly set to false/,
  ],
  [
    'a minimum in the output',
    format({ type: 'number', minimum: 0 }),
    400,
    /property 'minimum' is not supported/,
  ],
];

describe('what the scripted model refuses', () => {
  it.each(REFUSED)('refuses %s', async (_, change, status, message) => {
    const { url } = await yesModel();

    const answer = await post(url, { ...good, ...change });

    expect(answer.body).toMatchObject({ type: 'error', request_id: expect.stringMatching(/^req_/) });
    expect(answer.body.error.message).toMatch(message);
    expect(answer.status).toBe(status);
    expect(answer.body.error.type).toBe(status === 404 ? 'not_found_error' : 'invalid_request_error');
  });

  it('accepts the request that these are changes of', async () => {
    expect((await post((await yesModel()).url, good)).status).toBe(200);
  });

  it('records what is outside the JSON schema, and refuses it even where no rule of its own does', async () => {
    const model = await yesModel();

    const answer = await post(model.url, { ...good, metadata: { user_id: 7 } });
    const odd = await post(model.url, { ...good, container: 7 });

    expect([answer.status, odd.status]).toEqual([400, 400]);
    expect(model.violations()).toHaveLength(2);
    expect(model.violations()[1]?.message).toMatch(/container/);
  });

  it('refuses a body that is no JSON, and a path that is not there, in the same form', async () => {
    const { url } = await yesModel();

    const torn = await post(url, '{"model":');
    const elsewhere = await fetch(`${url}/v1/complete`, { method: 'POST', headers: headers() });

    expect(torn).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } });
    expect(elsewhere.status).toBe(404);
    expect(await elsewhere.json()).toMatchObject({ error: { type: 'not_found_error' } });
  });
});

async function post(url: string, body: unknown) {
  const response = await fetch(`${url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: headers(),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as { error: { type: string; message: string } },
  };
}

function headers() {
  return { 'x-api-key': API_KEY, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
}
