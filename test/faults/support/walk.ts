/** Walks everything that is served, as everybody and by every method, and holds each answer against what it should be. */
import { expect } from 'vitest';
import { ask, type RawAnswer } from './raw-request.ts';
import { PERSONS, type Person, type Surface } from './surfaces.ts';

const OTHER_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'];
const CROSS_SITE = {
  origin: 'https://evil.example',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'cors',
};
type Surfaces = Readonly<Record<string, Surface>>;

export function pathOf(route: string): string {
  return route.split(' ')[1] ?? '';
}

/** Answers how many requests it made: each route as each person, plain, from another site, and by HEAD. */
export async function walk(
  url: string,
  surfaces: Surfaces,
  pathFor: (route: string, person: Person) => string,
  canary: string,
): Promise<number> {
  let requests = 0;
  for (const [route, { answers, takes }] of Object.entries(surfaces)) {
    const [method = ''] = route.split(' ');
    // What is good once is walked once.
    const ways =
      takes === 'state'
        ? [{ method }]
        : [{ method }, { method, headers: CROSS_SITE }, ...(method === 'GET' ? [{ method: 'HEAD' }] : [])];
    for (const person of PERSONS) {
      for (const way of ways) {
        const answer = await ask(url, { path: pathFor(route, person), ...way });
        requests += 1;
        const where = `${way.method} ${route} as ${person}`;
        expect({ where, status: answer.status }).toEqual({ where, status: answers[person] });
        expect({ where, problems: headerProblems(answer) }).toEqual({ where, problems: [] });
        if (way.method === 'HEAD') expect({ where, body: answer.body }).toEqual({ where, body: '' });
        if (answers[person] !== 200) expect(answer.body).not.toContain(canary);
      }
    }
  }
  return requests;
}

/** By other methods than those that are registered. */
export async function walkOtherMethods(
  url: string,
  surfaces: Surfaces,
  pathFor: (route: string) => string,
): Promise<number> {
  let requests = 0;
  const registered = (path: string) =>
    Object.keys(surfaces)
      .filter((route) => pathFor(route) === path)
      .map((route) => route.split(' ')[0]);
  for (const path of new Set(Object.keys(surfaces).map(pathFor))) {
    for (const method of [...OTHER_METHODS, 'GET'].filter((one) => !registered(path).includes(one))) {
      const answer = await ask(url, { path, method, headers: { ...CROSS_SITE, 'content-length': '0' } });
      requests += 1;
      const where = `${method} ${path}`;
      expect({ where, status: answer.status }).toEqual({ where, status: 405 });
      expect({ where, problems: headerProblems(answer) }).toEqual({ where, problems: [] });
      expect(answer.headers.allow).toContain(registered(path)[0]);
    }
  }
  return requests;
}

function headerProblems({ headers }: RawAnswer): readonly string[] {
  const policy = headers['content-security-policy'] ?? '';
  const wanted: readonly (readonly [string, boolean])[] = [
    [
      'content-security-policy',
      /default-src 'none'/.test(policy) &&
        /frame-ancestors 'none'/.test(policy) &&
        /base-uri 'none'/.test(policy),
    ],
    ['unsafe policy', !/unsafe|\*|data:|blob:/.test(policy)],
    ['x-frame-options', headers['x-frame-options'] === 'DENY'],
    ['x-content-type-options', headers['x-content-type-options'] === 'nosniff'],
    ['referrer-policy', headers['referrer-policy'] === 'no-referrer'],
    [
      'cache-control',
      headers['cache-control']?.includes('no-store') === true || headers['cache-control'] === 'no-cache',
    ],
    ['cors', !Object.keys(headers).some((name) => name.startsWith('access-control-'))],
    ['what it runs on', headers['x-powered-by'] === undefined && headers.server === undefined],
    ['cookies', headers['set-cookie'] === undefined],
  ];
  return wanted.filter(([, right]) => !right).map(([name]) => `${name}: ${headers[name]}`);
}
