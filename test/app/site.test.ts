/** What every answer of the HTTP server has, whatever its route does. */
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { createSite } from '../../src/app/site.ts';
import { TransientError } from '../../src/core/errors.ts';
import { type LogLine, recordingLog } from './github-parts.ts';

const logged: LogLine[] = [];
const routes = new Hono()
  .get('/own', (c) => c.body('x', 200, { 'Cache-Control': 'max-age=60' }))
  .get('/passing', () => {
    throw new TransientError('connect ECONNREFUSED 10.1.2.3:5432');
  })
  .get('/broken', () => {
    throw new Error('no column "secret" in /srv/crew/store.js');
  });
const site = createSite(recordingLog(logged)).route('/', routes);

it.each([
  ['/own', 200],
  ['/none', 404],
  ['/passing', 503],
  ['/broken', 500],
])('answers %s with %i, and lets a browser do nothing with it', async (path, status) => {
  const answer = await site.request(path);

  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(answer.headers.get('x-frame-options')).toBe('DENY');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
});

it('leaves a header that the route set', async () => {
  expect((await site.request('/own')).headers.get('cache-control')).toBe('max-age=60');
});

it('tells the log what failed, without the query, and the caller nothing', async () => {
  logged.length = 0;

  const texts = [
    await (await site.request('/passing?key=of-a-task')).text(),
    await (await site.request('/broken')).text(),
  ];

  expect(texts).toEqual(['Not available just now.', 'Something went wrong.']);
  expect(logged.map(({ fields }) => fields.error)).toEqual([
    'connect ECONNREFUSED 10.1.2.3:5432',
    'no column "secret" in /srv/crew/store.js',
  ]);
  expect(JSON.stringify(logged)).not.toContain('of-a-task');
});

it('names the methods of a route to whoever uses another', async () => {
  const answer = await site.request('/own', { method: 'POST' });

  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
