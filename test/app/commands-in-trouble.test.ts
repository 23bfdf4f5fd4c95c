import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { FileTooLargeError } from '../../src/app/github/file-too-large.ts';
import { TransientError, UserError } from '../../src/core/errors.ts';
import { webhookExample } from '../support/webhook-examples.ts';
import { type Intake, startIntake } from './intake-parts.ts';

const REPOSITORY = 186853002;
const person = { login: 'mona', type: 'User' };
let intake: Intake;
let number = 900;
let commentId = 9_000;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());
beforeEach(() => {
  number += 1;
  intake.github.config = null;
  intake.github.permission = 'write';
});

const tasks = () => intake.store.tasks.onSubject(REPOSITORY, number);

/** Answers the delivery's record and the bodies of the comments that it rang for. */
async function say(body: string, on: object = {}) {
  commentId += 1;
  const from = intake.rung.length;
  const example = webhookExample('issue_comment', 'created');
  const guid = await intake.deliver('issue_comment', {
    ...example,
    issue: { ...(example.issue as object), number, state: 'open', ...on },
    comment: { id: commentId, body, user: person },
    sender: person,
  });
  const ids = intake.rung.slice(from).flatMap(({ job }) => (job.step === 'publish' ? [job.effectId] : []));
  const effects = await Promise.all(ids.map((id) => intake.store.effects.get(id)));
  const comments = effects.flatMap((effect) =>
    effect?.action.kind === 'comment' ? [effect.action.body] : [],
  );
  return { delivery: await intake.store.deliveries.get(guid), comments };
}

it.each([
  ['GitHub does not give it', new TransientError('GitHub is down')],
  ['it may not be read', new UserError('The App lacks a permission.')],
])('stop works although the configuration is out of reach: %s', async (_why, trouble) => {
  await say('/crew run');
  intake.github.config = trouble;

  await say('/crew stop');

  expect(await tasks()).toMatchObject([{ state: 'stopped' }]);
});

it('pause works although the configuration is out of reach', async () => {
  intake.github.config = new TransientError('GitHub is down');

  await say('/crew pause', { pull_request: {} });

  const of = { repositoryId: REPOSITORY, number };
  expect(await intake.store.watches.get(of)).toMatchObject({ paused: 'asked' });
});

it('a configuration that is too large is a problem with line and remedy, and the defaults apply', async () => {
  intake.github.config = new FileTooLargeError('.github/crew.yml', 300_000);

  const { comments } = await say('/crew config');
  const [first] = comments;
  await say('/crew run');

  expect(first).toMatch(
    /- line 1: the file has 300000 bytes; at most 262144 are read: shorten it: until then/,
  );
  expect(first).not.toContain('\\');
  expect(await tasks()).toMatchObject([{ kind: 'implement', request: { config: { maxSubtasks: 8 } } }]);
});

it('every request that is refused is answered, and talk is not', async () => {
  intake.github.permission = new UserError('The App may not read `.github/crew.yml`. Grant it.');

  const said = [await say('/crew run'), await say('/crew run'), await say('Nice weather.')];

  expect(said.map(({ comments }) => comments)).toEqual([
    ['The App may not read `.github/crew.yml`. Grant it.'],
    ['The App may not read `.github/crew.yml`. Grant it.'],
    [],
  ]);
  expect(said[0]?.delivery).toMatchObject({ state: 'handled', decisions: [{ decided: 'ignored' }] });
});
