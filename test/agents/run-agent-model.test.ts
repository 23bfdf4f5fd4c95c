import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conversationDir, DEMO_CONVERSATIONS, modelForTest } from '../model/conversation-dir.ts';
import { clientOf } from '../model/run-agent.ts';
import { implementTask } from '../support/records.ts';
import { agentWorld } from './agent-world.ts';

const SAMPLE = join(import.meta.dirname, '../../demo/sample/base');

describe('with the scripted model', () => {
  it("a specialist plays its part of the demo's own story, tools, thinking and all", async () => {
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });
    const task = implementTask();
    if (task.request.kind !== 'implement') throw new Error('no issue');
    const issue = { ...task.request.issue, title: 'Favourites first', body: 'Keep favourites at the top.' };
    const { dir, seen, run } = await agentWorld({
      client: clientOf(model.url),
      task: { ...task, request: { ...task.request, issue } },
      subtask: { role: 'database', goal: 'Add a favourite column to items.' },
      patch: 'diff --git a/db',
    });
    await cp(SAMPLE, dir, { recursive: true });

    const { outcome, usage } = await run();

    expect(outcome).toMatchObject({
      kind: 'patch',
      answer: {
        summary: expect.stringContaining('003_favourite'),
        checks: [expect.stringMatching(/\d+ passed/)],
      },
    });
    expect(usage.turns).toBeGreaterThan(2);
    expect(usage.cacheReadTokens).toBeGreaterThan(usage.inputTokens);
    expect(JSON.stringify(seen.transcripts[0]?.messages)).toContain('"type":"thinking"');
    expect(model.violations()).toEqual([]);
    expect(model.requests().map(({ error }) => error)).toEqual(model.requests().map(() => null));
  });

  it('the second role on a task reads the whole shared prefix from the cache', async () => {
    const conversationsDir = await conversationDir({
      looks: 'about: says yes\nwhen: { job: answer }\nanswer: { answer: "yes" }\n',
    });
    const model = await modelForTest({ conversationsDir });
    const shown = { 'a:AGENTS.md': 'Rule. '.repeat(2_000) };
    const ask = async (role: string) => {
      const { run } = await agentWorld({
        client: clientOf(model.url),
        subtask: { kind: 'answer', role, key: `ask-${role}` },
        shown,
      });
      return (await run()).usage;
    };

    const first = await ask('backend');
    const second = await ask('database');

    expect(first.cacheReadTokens).toBe(0);
    expect(second.cacheReadTokens).toBeGreaterThan(first.cacheWriteTokens * 0.7);
    expect(second.cacheWriteTokens).toBeLessThan(first.cacheWriteTokens * 0.3);
    expect(model.violations()).toEqual([]);
  });
});
