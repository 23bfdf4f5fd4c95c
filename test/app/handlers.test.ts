import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FAULTS_MAX, TRIED_FOR_MS } from '../../src/app/ingest/patience.ts';
import { TransientError, UserError } from '../../src/core/errors.ts';
import { webhookExample } from '../support/webhook-examples.ts';
import { type Intake, startIntake } from './intake-parts.ts';

const REPOSITORY = 186853002;
const HEAD = 'b'.repeat(40);
let intake: Intake;
let number = 500;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());
beforeEach(() => {
  number += 1;
  intake.github.calls.length = 0;
  intake.github.permission = 'write';
  intake.github.pullRequest = {};
  intake.github.standing = {};
});

const person = { login: 'mona', type: 'User' };
const tasks = () => intake.store.tasks.onSubject(REPOSITORY, number);

function labelled(label: string, change: object = {}): object {
  const example = webhookExample('issues', 'labeled');
  const issue = { ...(example.issue as object), number, title: 'Favourites', body: null, ...change };
  return { ...example, issue, label: { name: label }, sender: person };
}

function pull(action: string, change: object = {}, rest: object = {}): object {
  const example = webhookExample('pull_request', 'opened');
  const head = { ...(example.pull_request as { head: object }).head, sha: HEAD };
  const pullRequest = { ...(example.pull_request as object), number, head, ...change };
  return { ...example, action, number, pull_request: pullRequest, sender: person, ...rest };
}

describe('from delivery to task', () => {
  it('the label crew makes one task, its reaction and its progress comment in one transaction', async () => {
    const guid = await intake.deliver('issues', labelled('crew'));

    const [task] = await tasks();
    const effects = await intake.store.effects.ofTask(task?.id ?? '');
    expect(task).toMatchObject({ state: 'queued', kind: 'implement', requester: 'mona' });
    expect(effects.map(({ action }) => action.kind)).toEqual(['sticky_comment']);
    expect(await intake.store.deliveries.get(guid)).toMatchObject({
      state: 'handled',
      decisions: [{ decided: 'task', taskId: task?.id, reason: 'mona applied the label crew' }],
    });
    const at = intake.rung.findIndex(({ job }) => job.step === 'dispatch' && job.guid === guid);
    expect(intake.rung.slice(at + 1).map(({ job }) => job.step)).toEqual(['publish', 'advance', 'publish']);
    expect(await intake.store.repositories.get(REPOSITORY)).toMatchObject({
      name: 'Hello-World',
      installationId: 7,
    });
  });

  it('the same delivery again, or its body under another GUID, makes no second task', async () => {
    const guid = await intake.deliver('issues', labelled('crew'));
    await intake.dispatcher.dispatch(guid);

    const replay = await intake.deliver('issues', labelled('crew'));

    expect(await tasks()).toHaveLength(1);
    expect(await intake.store.deliveries.get(replay)).toMatchObject({ decisions: [{ decided: 'ignored' }] });
  });

  it('a replay does not take stopped work up again, a new application of the label does', async () => {
    await intake.deliver('issues', labelled('crew'));
    intake.github.standing = { labels: [] };
    await intake.deliver('issues', { ...labelled('crew'), action: 'unlabeled' });
    intake.github.standing = {};
    await intake.deliver('issues', labelled('crew'));
    expect(await tasks()).toMatchObject([{ state: 'stopped', reason: 'mona removed the label crew.' }]);

    await intake.deliver('issues', labelled('crew', { updated_at: '2030-01-01T00:00:00Z' }));

    expect(await tasks()).toMatchObject([{ state: 'queued' }]);
  });

  it('a label taken off and put on again leaves the work running, in whichever order that is told', async () => {
    await intake.deliver('issues', labelled('crew'));

    await intake.deliver('issues', labelled('crew', { updated_at: '2030-01-01T00:00:00Z' }));
    const late = await intake.deliver('issues', { ...labelled('crew'), action: 'unlabeled' });
    const lateClose = await intake.deliver('issues', {
      ...labelled('crew', { state: 'closed' }),
      action: 'closed',
    });

    expect(await tasks()).toMatchObject([{ state: 'queued' }]);
    for (const [guid, reason] of [
      [late, 'the label crew was applied again since'],
      [lateClose, 'the issue was closed and is open again'],
    ] as const)
      expect(await intake.store.deliveries.get(guid)).toMatchObject({ decisions: [{ reason }] });
  });

  it.each([
    ['a label that was taken off again', { labels: ['crew:auto'] }, 'the label crew was removed since'],
    ['a label on an issue that was closed', { open: false }, 'it was closed since'],
  ])('%s before it was told of starts nothing', async (_what, standing, reason) => {
    intake.github.standing = standing;

    const guid = await intake.deliver('issues', labelled('crew'));

    expect(await tasks()).toEqual([]);
    expect(await intake.store.deliveries.get(guid)).toMatchObject({ decisions: [{ reason }] });
  });

  it('a pull request that was closed before its opening was told of is not reviewed', async () => {
    intake.github.standing = { open: false };

    const guid = await intake.deliver('pull_request', pull('opened'));

    expect(await tasks()).toEqual([]);
    expect(await intake.store.deliveries.get(guid)).toMatchObject({
      decisions: [{ reason: 'the pull request was closed since' }],
    });
  });

  it('a deleted issue ends its work, and one that is not to be seen yet is looked at again', async () => {
    await intake.deliver('issues', labelled('crew'));
    intake.github.standing = null;

    await intake.deliver('issues', { ...labelled('crew', { state: 'closed' }), action: 'closed' });
    const guid = await intake.deliver('issues', labelled('crew', { updated_at: '2030-01-01T00:00:00Z' }));

    expect(await tasks()).toMatchObject([{ state: 'stopped' }]);
    expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'received' });
  });

  it('a read that is older than the label it was told of is made again later', async () => {
    intake.github.standing = { labels: [], updatedAt: '2019-01-01T00:00:00Z' };

    const guid = await intake.deliver('issues', labelled('crew'));
    expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'received' });
    intake.github.standing = {};
    intake.advance(3_000);
    await intake.dispatcher.dispatch(guid);

    expect(await tasks()).toHaveLength(1);
  });

  it('two replicas that get the same request at once make one task', async () => {
    const guids = ['replica-1', 'replica-2'];
    for (const guid of guids) {
      await intake.store.deliveries.add({
        guid,
        event: 'issues',
        action: 'labeled',
        body: JSON.stringify(labelled('crew')),
        bodyHash: 'x',
        installationId: 7,
        repository: 'Codertocat/Hello-World',
      });
    }

    await Promise.all(guids.map((guid) => intake.dispatcher.dispatch(guid)));

    expect(await tasks()).toHaveLength(1);
    for (const guid of guids)
      expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'handled' });
  });

  it('a pull request is reviewed when opened, and the push that follows supersedes it', async () => {
    intake.github.pullRequest = { headSha: HEAD };
    await intake.deliver('pull_request', pull('opened'));
    intake.github.pullRequest = { headSha: 'c'.repeat(40) };

    await intake.deliver(
      'pull_request',
      pull('synchronize', { head: { sha: 'c'.repeat(40) } }, { before: HEAD }),
    );

    expect(await tasks()).toMatchObject([
      { kind: 'review', state: 'queued', request: { pullRequest: { headSha: 'c'.repeat(40) } } },
      { kind: 'review', state: 'stopped', reason: 'Superseded by ccccccc.' },
    ]);
  });

  it('a push that GitHub does not show yet is looked at again later', async () => {
    intake.github.pullRequest = { headSha: HEAD };

    const guid = await intake.deliver(
      'pull_request',
      pull('synchronize', { head: { sha: 'c'.repeat(40) } }, { before: HEAD }),
    );

    expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'received' });
    expect(intake.rung.at(-1)).toEqual({ job: { step: 'dispatch', guid }, delayMs: 3_000 });
    expect(await tasks()).toEqual([]);
  });

  it('what is ignored asks GitHub nothing', async () => {
    await intake.deliver('issues', labelled('bug'));
    await intake.deliver('issues', labelled('crew', { state: 'closed' }));
    await intake.deliver('star', webhookExample('star', 'created'));
    await intake.deliver('check_run', webhookExample('check_run', 'completed'));
    await intake.deliver('issue_comment', webhookExample('issue_comment', 'created'));

    expect(intake.github.calls).toEqual([]);
  });

  it('an installation names its repositories, and its end forgets them', async () => {
    const example = webhookExample('installation_repositories', 'added');
    const added = { ...example, repositories_added: [{ id: 4242, full_name: 'acme/pantry', private: true }] };
    await intake.deliver('installation_repositories', added);
    expect(await intake.store.repositories.get(4242)).toMatchObject({
      owner: 'acme',
      name: 'pantry',
      private: true,
    });

    const end = { ...webhookExample('installation', 'deleted'), repositories: [] };
    await intake.deliver('installation', end);

    expect((await intake.store.repositories.list()).map(({ id }) => id)).not.toContain(4242);
  });
});

describe('a delivery that fails', () => {
  const delaysOf = (guid: string) =>
    intake.rung
      .filter(({ job }) => job.step === 'dispatch' && job.guid === guid)
      .map(({ delayMs }) => delayMs);
  const lastComment = async () => {
    const ids = intake.rung.flatMap(({ job }) => (job.step === 'publish' ? [job.effectId] : []));
    return (await intake.store.effects.get(ids.at(-1) ?? ''))?.action;
  };

  it('because GitHub is down is tried again until GitHub is back, in growing steps of a minute at most', async () => {
    intake.github.permission = new TransientError('GitHub is down');
    const guid = await intake.deliver('issues', labelled('crew'));
    for (let attempt = 1; attempt < 8; attempt += 1) {
      intake.advance(60_000);
      await intake.dispatcher.dispatch(guid);
    }
    intake.github.permission = 'write';
    intake.advance(60_000);

    await intake.dispatcher.dispatch(guid);

    expect(delaysOf(guid)).toEqual([0, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'handled' });
    expect(await tasks()).toHaveLength(1);
  });

  it('is not tried before its time, whoever rings', async () => {
    intake.github.permission = new TransientError('slow down', { retryAfterMs: 61_000 });
    const guid = await intake.deliver('issues', labelled('crew'));

    intake.advance(30_000);
    await intake.dispatcher.dispatch(guid);

    expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'received', attempts: 1 });
  });

  it('for half a day is given up, with its reason, and the issue is told', async () => {
    intake.github.permission = new TransientError('GitHub is down.');
    const guid = await intake.deliver('issues', labelled('crew'));

    intake.advance(TRIED_FOR_MS);
    await intake.dispatcher.dispatch(guid);

    const error = 'given up after 2 attempts: GitHub is down.';
    expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'dead', error });
    expect(await lastComment()).toMatchObject({
      kind: 'comment',
      number,
      body: expect.stringMatching(/given up: GitHub is down\. Nothing was done/),
    });
  });

  it('through a bug is given up after a few attempts', async () => {
    intake.github.permission = new TypeError('x is undefined');
    const guid = await intake.deliver('issues', labelled('crew'));
    for (let attempt = 1; attempt < FAULTS_MAX; attempt += 1) {
      intake.advance(60_000);
      await intake.dispatcher.dispatch(guid);
    }

    expect(await intake.store.deliveries.get(guid)).toMatchObject({ state: 'dead', attempts: FAULTS_MAX });
    expect(await lastComment()).toMatchObject({ number, body: expect.stringContaining('x is undefined') });
  });

  it('waits as long as GitHub asks', async () => {
    intake.github.permission = new TransientError('slow down', { retryAfterMs: 61_000 });

    await intake.deliver('issues', labelled('crew'));

    expect(intake.rung.at(-1)?.delayMs).toBe(61_000);
  });

  it('through something that people can mend is answered on the issue', async () => {
    intake.github.permission = new UserError(
      'The App may not read collaborators. Accept its new permissions.',
    );

    const guid = await intake.deliver('issues', labelled('crew'));

    expect(await intake.store.deliveries.get(guid)).toMatchObject({
      state: 'handled',
      decisions: [{ decided: 'ignored' }],
    });
    const ids = intake.rung.flatMap(({ job }) => (job.step === 'publish' ? [job.effectId] : []));
    const last = await intake.store.effects.get(ids.at(-1) ?? '');
    expect(last?.action).toMatchObject({
      kind: 'comment',
      number,
      body: expect.stringContaining('Accept its new permissions'),
    });
  });
});

describe('app.yml', () => {
  it('subscribes to the events that handlers name, and no other', async () => {
    const app = parse(await readFile(new URL('../../app.yml', import.meta.url), 'utf8')) as {
      default_events: string[];
    };
    const folder = new URL('../../src/app/handlers/', import.meta.url);
    const texts = await Promise.all(
      (await readdir(folder)).map((file) => readFile(new URL(file, folder), 'utf8')),
    );
    const named = texts.flatMap((text) =>
      [...text.matchAll(/'([a-z_]+)(?:\.[a-z_]+)?'/g)].map((match) => match[1] ?? ''),
    );
    const unasked = ['installation', 'installation_repositories'];

    expect([...new Set(named)].filter((event) => !unasked.includes(event)).sort()).toEqual(
      app.default_events.toSorted(),
    );
  });
});
