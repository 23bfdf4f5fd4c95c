/** Everything that the crew serves, and what each person is answered there. A route that is not named here is on trial by nobody. */

/** By what they hold: nothing, made-up keys, the link of another task, the link of this one (whoever reads the issue has it). */
export const PERSONS = ['nobody', 'stranger', 'neighbour', 'reader', 'writer'] as const;
export type Person = (typeof PERSONS)[number];

export interface Surface {
  /** What is put for `:id`, and the query, are the person's. */
  readonly answers: Readonly<Record<Person, number>>;
  /** Which secret it takes, as a query. */
  readonly takes: 'key' | 'token' | 'state' | null;
}

const everybody = (status: number): Surface['answers'] => ({
  nobody: status,
  stranger: status,
  neighbour: status,
  reader: status,
  writer: status,
});
/** Also a writer only reads here: what changes anything is said on GitHub. */
const withLink = { ...everybody(404), reader: 200, writer: 200 };

export const CREW_SURFACES: Readonly<Record<string, Surface>> = {
  'GET /healthz': { answers: everybody(200), takes: null },
  'GET /readyz': { answers: everybody(200), takes: null },
  // Nobody but GitHub can sign: 415 for what is no JSON, before anything of it is read.
  'POST /api/github/webhooks': { answers: everybody(415), takes: null },
  'GET /tasks/live.css': { answers: everybody(200), takes: null },
  'GET /tasks/live.js': { answers: everybody(200), takes: null },
  'GET /tasks/:id': { answers: withLink, takes: 'key' },
  'GET /tasks/:id/events': { answers: withLink, takes: 'key' },
};

/** Here a reader and a writer are both who reads the log. */
export const SETUP_SURFACES: Readonly<Record<string, Surface>> = {
  'GET /healthz': { answers: everybody(200), takes: null },
  'GET /': { answers: everybody(302), takes: null },
  'GET /setup': { answers: { ...everybody(403), reader: 200, writer: 200 }, takes: 'token' },
  // With a right state, which is good once, GitHub's code is looked for.
  'GET /setup/callback': { answers: { ...everybody(403), reader: 400 }, takes: 'state' },
};
