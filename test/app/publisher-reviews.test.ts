import { describe, expect, it } from 'vitest';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { markerFor } from '../../src/core/marker.ts';
import { fingerprintIn, fingerprintMarker } from '../../src/core/review/fingerprint.ts';
import { BASE_SHA, HEAD_SHA } from './publisher-parts.ts';
import { REPO, stubbedGitHub } from './stubbed-github.ts';

const MARKER = markerFor('effect:1');
const FINGERPRINT = '0123456789abcdef';
const PATH = `${REPO}/pulls/13/reviews`;
const github = stubbedGitHub();
const { stub, bodies, publisherFor } = github;

type Review = EffectAction & { kind: 'review' };

const checkRun: EffectAction = {
  kind: 'check_run',
  name: 'crew',
  headSha: HEAD_SHA,
  status: 'completed',
  conclusion: 'neutral',
  title: 'Two findings',
  summary: 'Read.',
  annotations: [],
};
const review = (change: Partial<Review> = {}): Review => ({
  kind: 'review',
  number: 13,
  headSha: HEAD_SHA,
  event: 'COMMENT',
  body: 'Read all of it.',
  comments: [],
  ...change,
});
const finding = (text: string) => ({
  path: 'a.ts',
  side: 'RIGHT' as const,
  startLine: null,
  line: 2,
  body: `${text}\n\n${fingerprintMarker(FINGERPRINT)}`,
});

function willTakeIt(): void {
  stub().get(PATH).query(true).reply(200, []);
  stub().post(PATH).reply(200, { id: 21, html_url: 'https://github.test/21' });
}

function stands(state: string, sha: string): void {
  stub().get(`${REPO}/pulls/13`).reply(200, { state, head: { sha } });
}

const sentComments = () => (bodies('POST').at(-1) as { comments: { body: string }[] }).comments;

describe('a verdict', () => {
  it.each([
    ['APPROVE', 'open', HEAD_SHA, 'APPROVE', null],
    [
      'APPROVE',
      'open',
      BASE_SHA,
      'COMMENT',
      'No approval: commits were pushed that this review did not read.',
    ],
    ['APPROVE', 'closed', HEAD_SHA, 'COMMENT', 'No approval: the pull request was closed meanwhile.'],
    ['REQUEST_CHANGES', 'open', HEAD_SHA, 'REQUEST_CHANGES', null],
    [
      'REQUEST_CHANGES',
      'open',
      BASE_SHA,
      'COMMENT',
      'No changes are requested: commits were pushed that this review did not read.',
    ],
    [
      'REQUEST_CHANGES',
      'closed',
      HEAD_SHA,
      'COMMENT',
      'No changes are requested: the pull request was closed meanwhile.',
    ],
  ] as const)(
    '%s on a pull request that is %s at %s is sent as %s',
    async (event, state, sha, sent, said) => {
      willTakeIt();
      stands(state, sha);
      const { publish, ledger } = publisherFor(review({ event }));

      await publish();

      const text = said === null ? 'Read all of it.' : `Read all of it.\n\n*${said}*`;
      expect(bodies('POST')).toMatchObject([{ event: sent, body: `${text}\n\n${MARKER}` }]);
      expect(ledger.effect().state).toBe('done');
    },
  );

  it('on a pull request that is not shown yet waits for it', async () => {
    stub().get(PATH).query(true).reply(404, { message: 'Not Found' });
    willTakeIt();
    stands('open', HEAD_SHA);
    const { publish, ledger } = publisherFor(review({ event: 'APPROVE' }));

    await publish();

    expect(bodies('POST')).toMatchObject([{ event: 'APPROVE' }]);
    expect(ledger.effect().state).toBe('done');
  });

  it('that cannot be checked is not given', async () => {
    stub().get(PATH).query(true).twice().reply(200, []);
    stub().get(`${REPO}/pulls/13`).twice().reply(404, { message: 'Not Found' });
    const { publish, ledger } = publisherFor(review({ event: 'APPROVE' }));

    await publish();

    expect(bodies('POST')).toEqual([]);
    expect(ledger.effect().state).toBe('failed');
  });
});

describe('a finding', () => {
  it.each([
    ['too long to be sent whole', 'x'.repeat(70_000)],
    ['cut within a code block', `\`\`\`ts\n${'x\n'.repeat(40_000)}\`\`\``],
    ['full of mentions', '@everyone '.repeat(6_500)],
    ['with secrets', 'The key hunter2 is in the code.'],
    ['that forges a fingerprint', `${fingerprintMarker('f'.repeat(16))} <!-- crew:ab -->`],
    ['in a comment that never ends', 'Look: <!-- '],
  ])('%s keeps its own fingerprint as the last thing', async (_title, text) => {
    willTakeIt();
    const { publish } = publisherFor(review({ comments: [finding(text)] }));

    await publish();

    const [sent] = sentComments();
    expect(fingerprintIn(sent?.body ?? '')).toBe(FINGERPRINT);
    expect(sent?.body.length).toBeLessThanOrEqual(65_536);
    expect(sent?.body).not.toMatch(/hunter2|@everyone/);
  });

  it('keeps its fingerprint though that looks like a secret', async () => {
    willTakeIt();
    const redact = async (text: string) => text.replaceAll(FINGERPRINT, '[redacted]');
    const { publish, ledger } = publisherFor(review({ comments: [finding('Look.')] }), { parts: { redact } });

    await publish();

    expect(sentComments()[0]?.body).toBe(`Look.\n\n${fingerprintMarker(FINGERPRINT)}`);
    expect(ledger.effect().outcome).toMatchObject({ externalId: 21, commented: [FINGERPRINT] });
  });

  it('that GitHub does not take on its line leaves its fingerprint behind', async () => {
    stub().get(PATH).query(true).reply(200, []);
    stub()
      .post(PATH)
      .reply(422, { message: 'Unprocessable Entity', errors: ['line must be part of the diff'] });
    stub()
      .get(`${REPO}/pulls/13/files?per_page=100&page=1`)
      .reply(200, [{ filename: 'a.ts', patch: '@@ -1 +1 @@\n-a\n+b' }]);
    stub().post(PATH).reply(200, { id: 22 });
    const { publish, ledger } = publisherFor(review({ comments: [finding('Look.')] }));

    await publish();

    expect(ledger.effect().outcome).toMatchObject({ externalId: 22, commented: [] });
    expect(bodies('POST').at(-1)).toMatchObject({
      body: `Read all of it.\n\n### Outside the lines that GitHub shows\n\n**\`a.ts:2\`**\n\nLook.\n\n${MARKER}`,
      comments: [],
    });
  });
});

describe('the tokens of a review', () => {
  /** What each token that was asked for may do. */
  const granted = () =>
    github.watch.sent
      .filter(({ path }) => path.endsWith('/access_tokens'))
      .map(({ body }) => (body as { permissions: unknown }).permissions);

  it('may write reviews, and nothing else', async () => {
    willTakeIt();
    stands('open', HEAD_SHA);

    await publisherFor(review({ event: 'APPROVE', comments: [finding('Look.')] })).publish();

    expect(granted()).toEqual([{ pull_requests: 'write' }]);
  });

  it('may write checks, and nothing else', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });

    await publisherFor(checkRun).publish();

    expect(granted()).toEqual([{ checks: 'write' }]);
  });
});

describe('a check run', () => {
  it('says of a skipped review that it was skipped', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });
    const { publish, ledger } = publisherFor({ ...checkRun, conclusion: 'skipped', title: 'A draft' });

    await publish();

    expect(bodies('POST')).toMatchObject([{ status: 'completed', conclusion: 'skipped' }]);
    expect(ledger.effect().state).toBe('done');
  });
});
