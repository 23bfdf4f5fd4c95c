// Credentials, permissions and what is refused for want of them.
import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionRules } from '../../demo/github/permissions.ts';
import { routes } from '../../demo/github/routes/all.ts';
import {
  app,
  appOctokit,
  installationOctokit,
  installationToken,
  type Local,
  owner,
  personOctokit,
  privateKeyPem,
  repo,
  repoName,
  startLocal,
} from './local-github.ts';

let local: Local;
let number: number;
beforeAll(async () => {
  local = await startLocal();
  number = (await local.github.as('alice').openIssue(repoName, { title: 'One' })).number;
});
afterAll(() => local.stop());

function jwt(claims: Record<string, unknown>, key = privateKeyPem): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

const statusOf = async (path: string, token?: string, init: RequestInit = {}): Promise<number> => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`${local.github.apiUrl}${path}`, { ...init, headers })).status;
};

describe('credentials', () => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  it.each([
    ['a good JWT', { iss: app.id, iat: nowSeconds, exp: nowSeconds + 300 }, privateKeyPem, 200],
    [
      'the client id as issuer',
      { iss: `Iv23li${app.id}`, iat: nowSeconds, exp: nowSeconds + 300 },
      privateKeyPem,
      200,
    ],
    ['another issuer', { iss: 1, iat: nowSeconds, exp: nowSeconds + 300 }, privateKeyPem, 401],
    ['one that has run out', { iss: app.id, iat: nowSeconds - 700, exp: nowSeconds - 1 }, privateKeyPem, 401],
    ['one that lives too long', { iss: app.id, iat: nowSeconds, exp: nowSeconds + 900 }, privateKeyPem, 401],
    [
      'another key',
      { iss: app.id, iat: nowSeconds, exp: nowSeconds + 300 },
      other.export({ type: 'pkcs1', format: 'pem' }).toString(),
      401,
    ],
  ])('%s', async (_, claims, key, status) => {
    expect(await statusOf('/app', jwt(claims, key))).toBe(status);
  });

  it('refuses unknown, missing and expired tokens', async () => {
    expect(await statusOf('/installation/repositories', 'ghs_nothing')).toBe(401);
    expect(await statusOf('/app')).toBe(401);
    let now = Date.now();
    const aged = await startLocal({ clock: () => new Date(now) });
    const token = await installationToken(aged.github);
    const read = () =>
      fetch(`${aged.github.apiUrl}/installation/repositories`, {
        headers: { authorization: `token ${token}` },
      });

    expect((await read()).status).toBe(200);
    now += 3_600_000;
    expect((await read()).status).toBe(401);
    await aged.stop();
  });

  it('refuses a token with more than the App has', async () => {
    await expect(
      installationToken(local.github, { permissions: { workflows: 'write' } }),
    ).rejects.toMatchObject({ status: 422 });
    await expect(installationToken(local.github, { repositories: ['elsewhere'] })).rejects.toMatchObject({
      status: 422,
    });
  });

  it('hides a private repository from a token narrowed to another', async () => {
    await local.github.seedRepository({ owner, name: 'secret', private: true });
    const token = await installationToken(local.github, { repositories: [repo] });

    expect(await statusOf(`/repos/${owner}/secret`, token)).toBe(404);
    expect(await statusOf(`/repos/${owner}/secret`)).toBe(404);
    expect(await statusOf(`/repos/${owner}/secret`, await installationToken(local.github))).toBe(200);
  });
});

describe('permissions', () => {
  it('has a rule for every operation in a repository', () => {
    const operations = Object.keys(routes).filter(
      (key) => / \/repos\//.test(key) && !key.endsWith('/installation'),
    );
    expect(operations.filter((key) => !permissionRules.has(key))).toEqual([]);
    expect([...permissionRules.keys()].filter((key) => !(key in routes))).toEqual([]);
  });

  it('refuses every operation to a token that lacks its permission', async () => {
    const bare = await installationToken(local.github, { permissions: { metadata: 'read' } });
    const wrong: string[] = [];
    for (const [operation, rule] of permissionRules) {
      const [method = '', template = ''] = operation.split(' ');
      const path = template
        .replace('{owner}', owner)
        .replace('{repo}', repo)
        .replace(/\{\w+\}/g, '1');
      const status = await statusOf(path, bare, { method });
      if ((rule === 'metadata:read') === (status === 403)) wrong.push(`${operation}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  it('lets pull_requests alone reach a pull request through the issues API, but no issue', async () => {
    await local.github
      .as('bob')
      .commit(repoName, { branch: 'b', from: 'main', message: 'b', files: { b: 'b\n' } });
    const pull = await local.github.as('bob').openPull(repoName, { title: 'B', head: 'b', base: 'main' });
    const octokit = await installationOctokit(local.github, { permissions: { pull_requests: 'write' } });
    const comment = (issue_number: number) =>
      octokit.rest.issues.createComment({ owner, repo, issue_number, body: 'hi' });

    expect((await comment(pull.number)).status).toBe(201);
    await expect(comment(number)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('not accessible by integration'),
    });
  });

  it('refuses a workflow file through the API', async () => {
    const octokit = await installationOctokit(local.github);
    const put = octokit.rest.repos.createOrUpdateFileContents({
      owner,
      repo,
      path: '.github/workflows/ci.yml',
      message: 'x',
      content: '',
    });
    await expect(put).rejects.toMatchObject({ status: 403 });
  });

  it('gives people what their role allows', async () => {
    const [rita, tina] = [
      await personOctokit(local.github, 'rita'),
      await personOctokit(local.github, 'tina'),
    ];
    const label = (octokit: typeof rita) =>
      octokit.rest.issues.addLabels({ owner, repo, issue_number: number, labels: ['x'] });

    await expect(label(rita)).rejects.toMatchObject({ status: 403 });
    expect((await label(tina)).status).toBe(200);
    await expect(local.github.as('rita').label(repoName, number, 'y')).rejects.toMatchObject({ status: 403 });
  });

  it.each([
    ['alice', 'admin', 'admin'],
    ['bob', 'write', 'write'],
    ['tina', 'read', 'triage'],
    ['rita', 'read', 'read'],
    [owner, 'admin', 'admin'],
  ])('says that %s has %s as %s', async (username, permission, role_name) => {
    const octokit = await installationOctokit(local.github);
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
    expect(data).toMatchObject({ permission, role_name });
  });

  it('finds the installation as the App', async () => {
    const { data } = await appOctokit(local.github).rest.apps.getRepoInstallation({ owner, repo });
    expect(data).toMatchObject({ app_slug: app.slug, account: { login: owner } });
  });
});
