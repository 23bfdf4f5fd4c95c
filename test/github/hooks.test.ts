// Webhooks: signed as Probot expects, one attempt each, redelivered by hand under the same GUID.
import { Probot } from 'probot';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  app,
  appOctokit,
  type Local,
  privateKeyPem,
  receiveHooks,
  repoName,
  startLocal,
  webhookSecret,
} from './local-github.ts';

let local: Local;
let status = 202;
let hooks: Awaited<ReturnType<typeof receiveHooks>>;
beforeAll(async () => {
  hooks = await receiveHooks(() => status);
  local = await startLocal({ app: { ...app, webhookUrl: hooks.url } });
  await settled();
});
afterEach(() => {
  status = 202;
  local.github.setFaults([]);
});
afterAll(async () => {
  await local.stop();
  await hooks.stop();
});

const settled = () => vi.waitFor(() => expect(local.github.idle()).toBe(true), { timeout: 10_000 });

async function openedIn(title: string) {
  await local.github.as('rita').openIssue(repoName, { title });
  await settled();
  return hooks.received.filter(
    ({ payload }) => (payload.issue as { title?: string } | undefined)?.title === title,
  );
}

describe('a delivery', () => {
  it("passes Probot's own verification and reaches its handler", async () => {
    const [delivery] = await openedIn('For Probot');
    const probot = new Probot({
      appId: app.id,
      privateKey: privateKeyPem,
      secret: webhookSecret,
      logLevel: 'fatal',
    });
    const seen: string[] = [];
    probot.on('issues.opened', ({ payload }) => void seen.push(payload.issue.title));
    await probot.ready();
    const receive = (signature: string) =>
      probot.webhooks.verifyAndReceive({
        id: delivery?.guid ?? '',
        name: 'issues',
        payload: delivery?.text ?? '',
        signature,
      });

    await receive(String(delivery?.headers['x-hub-signature-256']));
    expect(seen).toEqual(['For Probot']);
    await expect(receive(`sha256=${'0'.repeat(64)}`)).rejects.toThrow();
  });

  it('lets an unmodified Probot answer it through the API', async () => {
    const [delivery] = await openedIn('Answer me');
    const probot = new Probot({
      appId: app.id,
      privateKey: privateKeyPem,
      secret: webhookSecret,
      baseUrl: local.github.apiUrl,
      logLevel: 'fatal',
    });
    probot.on('issues.opened', async (context) => {
      await context.octokit.rest.issues.createComment(context.issue({ body: 'Hello from Probot' }));
    });
    await probot.ready();
    await probot.webhooks.verifyAndReceive({
      id: delivery?.guid ?? '',
      name: 'issues',
      payload: delivery?.text ?? '',
      signature: String(delivery?.headers['x-hub-signature-256']),
    });

    const { comments } = await local.github.snapshot(repoName);
    expect(comments.at(-1)).toMatchObject({
      body: 'Hello from Probot',
      user: 'hypercode-crew[bot]',
      viaApp: true,
    });
  });

  it("carries GitHub's headers", async () => {
    const [delivery] = await openedIn('Headers');
    expect(delivery?.headers).toMatchObject({
      'x-github-event': 'issues',
      'x-github-hook-id': '1',
      'x-github-hook-installation-target-id': String(app.id),
      'x-github-hook-installation-target-type': 'integration',
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
      'content-type': 'application/json',
    });
  });

  it('is not repeated after a failure, and keeps its GUID when redelivered', async () => {
    status = 500;
    const [failed] = await openedIn('Fails');
    status = 202;
    const asApp = appOctokit(local.github);
    const { data } = await asApp.rest.apps.listWebhookDeliveries({ per_page: 1 });
    expect(data).toMatchObject([{ guid: failed?.guid, status_code: 500, redelivery: false }]);

    await asApp.rest.apps.redeliverWebhookDelivery({ delivery_id: data[0]?.id ?? 0 });
    await settled();

    const guids = hooks.received.filter((one) => one.guid === failed?.guid);
    expect(guids).toHaveLength(2);
    const after = await asApp.rest.apps.listWebhookDeliveries({ per_page: 1 });
    expect(after.data).toMatchObject([{ guid: failed?.guid, status_code: 202, redelivery: true }]);
    const detail = await asApp.rest.apps.getWebhookDelivery({ delivery_id: after.data[0]?.id ?? 0 });
    expect(detail.data.request.payload).toMatchObject({ action: 'opened' });
  });

  it('can be lost, doubled and put out of order', async () => {
    local.github.setFaults([{ kind: 'webhook-drop', event: 'issues', times: 1 }]);
    expect(await openedIn('Lost')).toEqual([]);
    local.github.setFaults([{ kind: 'webhook-duplicate', event: 'issues', times: 1 }]);
    const doubled = await openedIn('Doubled');
    expect(doubled.map((one) => one.guid)).toEqual([doubled[0]?.guid, doubled[0]?.guid]);

    local.github.setFaults([{ kind: 'webhook-shuffle' }], 7);
    const start = hooks.received.length;
    await Promise.all(
      ['1', '2', '3', '4', '5', '6'].map((title) => local.github.as('rita').openIssue(repoName, { title })),
    );
    await settled();
    const order = hooks.received
      .slice(start)
      .map(({ payload }) => (payload.issue as { title: string }).title);
    expect([...order].sort()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(order).not.toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('pages through deliveries with a cursor', async () => {
    const asApp = appOctokit(local.github);
    const all = await asApp.paginate('GET /app/hook/deliveries', { per_page: 3 });
    const ids = all.map((one) => one.id);

    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a));
    expect(ids.length).toBeGreaterThan(6);
  });
});
