/** What specialists of one task tell one another while they work, over the real store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentHooks } from '../../src/core/agent-ports.ts';
import type { Task } from '../../src/core/records.ts';
import { parseStandard } from '../../src/core/roles.ts';
import { patch, type TestCrew, testCrew } from './crew.ts';

let crew: TestCrew;
beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

/** Database first, then backend and frontend side by side (see `PLAN`). */
async function atWork(): Promise<Task> {
  const task = await crew.newTask();
  await crew.settle();
  await crew.approve(task);
  return task;
}

describe('a teammate’s message', () => {
  it('reaches the one that it is for before the next turn, once, and neither its writer nor others', async () => {
    const sent = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const read: Record<string, readonly string[][]> = {};
    crew.agents.set('S2', async (_job, { team, beforeTurn }) => {
      const first = [...(await beforeTurn())];
      await began.promise;
      await team.send({ to: 'frontend', kind: 'message', body: 'The field is `favourite`.' });
      await team.send({ to: null, kind: 'message', body: 'v1 is gone.' });
      sent.resolve();
      read.backend = [first, [...(await beforeTurn())]];
      return patch('S2');
    });
    crew.agents.set('S3', async (_job, { beforeTurn }) => {
      const first = [...(await beforeTurn())];
      began.resolve();
      await sent.promise;
      read.frontend = [first, [...(await beforeTurn())], [...(await beforeTurn())]];
      return patch('S3');
    });

    await atWork();
    await crew.settle();

    expect(read).toEqual({
      frontend: [[], ['crew:backend: The field is `favourite`.', 'crew:backend: v1 is gone.'], []],
      backend: [[], []],
    });
  });

  it('waits for who begins later: mail for its role, and decisions on the board of its briefing', async () => {
    const told: unknown[] = [];
    crew.agents.set('S1', async (_job, { team }) => {
      await team.send({ to: 'backend', kind: 'message', body: 'Mind the index.' });
      await team.send({ to: null, kind: 'decision', body: 'items.favourite is INTEGER' });
      return patch('S1');
    });
    for (const key of ['S2', 'S3']) {
      crew.agents.set(key, async ({ subtask, decisions }, { beforeTurn }) => {
        told.push([subtask.role, decisions.map(({ body }) => body), await beforeTurn()]);
        return patch(key);
      });
    }

    await atWork();
    await crew.settle();

    expect(told.toSorted()).toEqual([
      ['backend', ['items.favourite is INTEGER'], ['crew:database: Mind the index.']],
      ['frontend', ['items.favourite is INTEGER'], []],
    ]);
  });

  it('is refused to whoever is not on the task, with who is', async () => {
    const said: string[] = [];
    crew.agents.set('S1', async (_job, { team }) => {
      for (const to of ['devops', 'database']) {
        await team
          .send({ to, kind: 'message', body: 'Hi' })
          .catch((error: Error) => void said.push(error.message));
      }
      return patch('S1');
    });

    const task = await atWork();
    await crew.settle();

    expect(said).toEqual([
      'devops does not work on this task. On this task are: backend, frontend. Or write to "everyone".',
      'That is your own role. Write to a teammate, or to "everyone".',
    ]);
    expect((await crew.records(task)).messages).toEqual([]);
  });

  it('is bounded, and what leaves is stored without secrets', async () => {
    let refused = '';
    crew.agents.set('S1', async (_job, { team }) => {
      for (let count = 0; count <= 20; count += 1) {
        await team.send({ to: null, kind: 'message', body: `${count} hunter2` }).catch((error: Error) => {
          refused = error.message;
        });
      }
      return patch('S1');
    });
    Object.assign(crew.working, { redact: async (text: string) => text.replace('hunter2', '[redacted]') });

    const task = await atWork();
    await crew.settle();

    const { messages } = await crew.records(task);
    expect(messages.map(({ body }) => body)).toEqual(
      Array.from({ length: 20 }, (_, count) => `${count} [redacted]`),
    );
    expect(refused).toBe('You have sent 20 messages, which is all. Put the rest into your answer.');
  });

  it('comes from nobody whose work was stopped', async () => {
    const held = Promise.withResolvers<AgentHooks>();
    const goOn = Promise.withResolvers<void>();
    crew.agents.set('S1', async (_job, hooks) => {
      held.resolve(hooks);
      await goOn.promise;
      return patch('S1');
    });
    const task = await atWork();
    const settled = crew.settle();
    const hooks = await held.promise;

    await crew.stop(task);

    await expect(hooks.team.send({ to: null, kind: 'message', body: 'Late' })).rejects.toThrow(/stopped/);
    goOn.resolve();
    await settled;
    expect((await crew.records(task)).messages).toEqual([]);
  });
});

describe('a standard that an agent proposes', () => {
  it('is planned as a pull request of its own, once a subtask', async () => {
    const answers: string[] = [];
    crew.agents.set('S1', async (_job, { team }) => {
      for (const name of ['api-errors', 'more-errors']) {
        const standard = {
          name,
          text: '# Errors: "one" shape\n\nAnswer `{error}`.',
          why: 'Two shapes were found.',
        };
        answers.push(await team.proposeStandard(standard).catch((error: Error) => error.message));
      }
      return patch('S1');
    });

    const task = await atWork();
    await crew.settle();

    const { effects } = await crew.records(task);
    const [proposed, ...more] = effects.filter(({ action }) => action.kind === 'propose_standard');
    expect(more).toEqual([]);
    expect(proposed).toMatchObject({
      state: 'done',
      action: {
        branch: 'crew/standard-api-errors',
        base: 'main',
        path: '.github/crew/standards/api-errors.md',
      },
    });
    if (proposed?.action.kind !== 'propose_standard') throw new Error('nothing was proposed');
    expect(parseStandard(proposed.action.content, 'api-errors.md')).toEqual({
      name: 'api-errors',
      description: 'Errors: "one" shape',
      body: '# Errors: "one" shape\n\nAnswer `{error}`.',
    });
    expect(proposed.action.body).toContain('Two shapes were found.');
    expect(answers).toEqual([
      'The standard api-errors becomes a pull request for the people of this repository to judge. It does not apply until they merge it.',
      'You have proposed a standard already; one for each subtask is all.',
    ]);
  });
});
