import { expect, it } from 'vitest';
import { redactedFetch } from '../../src/agents/redacted-fetch.ts';
import { createRedactor } from '../../src/core/redact.ts';

const SECRET = 'x7Kq9Lm2Pw4Rt8ZvNb3C';

it('sends the model no secret of ours, and what it sends stays JSON', async () => {
  const sent: unknown[] = [];
  const fetch = redactedFetch(createRedactor({ secrets: [SECRET] }).redactJson, async (_input, init) => {
    sent.push(init?.body);
    return new Response('{}');
  });
  const messages = [
    { role: 'user', content: `the file says ${[...SECRET].join('\n')}` },
    { role: 'user', content: 'plain' },
  ];

  await fetch('http://model.example/v1/messages', { method: 'POST', body: JSON.stringify({ messages }) });
  await fetch('http://model.example/v1/models');

  expect(JSON.parse(String(sent[0]))).toEqual({
    messages: [
      { role: 'user', content: 'the file says [redacted]' },
      { role: 'user', content: 'plain' },
    ],
  });
  expect(sent[1]).toBeUndefined();
});
