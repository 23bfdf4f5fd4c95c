import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/answers.ts';
import { SEVERITIES } from '../../src/core/answers.ts';
import { findingComment } from '../../src/core/messages/finding-comment.ts';
import { reviewBody } from '../../src/core/messages/review-body.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import { rank } from '../../src/core/review/severity.ts';
import { confirmed, FAILED, fault, refuted, reviewRecords } from './review-parts.ts';

const SPECIALISTS = ['backend', 'security', 'database', 'qa', 'frontend', 'devops'];

/** One fault as six specialists put it: title, category, and how many lines from the first. */
const INJECTION = [
  ['Query text is built from user input', 'injection', 0],
  ['SQL injection through the search parameter', 'security', 0],
  ['Search input is concatenated into the query', 'sql', 1],
  ['Untested hostile input reaches the SQL query', 'tests', 0],
  ['Search box sends raw input to the query', 'validation', 2],
  ['Unescaped input in the database query', 'hardening', -1],
] as const;
const LEAK = [
  ['Connection is never handed back to the pool', 'leak', 0],
  ['Pool runs dry as connections leak', 'availability', 0],
  ['Leaked connection after each request', 'resources', 0],
  ['Connection stays open when the handler throws', 'bug', 1],
  ['Requests hang once the pool has no connection', 'availability', 0],
  ['Pool connection not released', 'operations', 3],
] as const;
const PAGES = [
  ['Last page of results is lost', 'off by one', 0],
  ['Loop ends one page short', 'bug', 0],
  ['Final page never fetched', 'logic', 0],
  ['Page count is off by one', 'tests', -2],
  ['List misses its last page', 'ui', 0],
  ['Pagination skips the last page', 'bug', 1],
] as const;

describe('what several specialists found', () => {
  it('is one comment a fault when six of them concur in words and lines of their own', () => {
    const planted = [
      { wordings: INJECTION, line: 20 },
      { wordings: LEAK, line: 80 },
      { wordings: PAGES, line: 140 },
    ];
    const reviews = Object.fromEntries(
      SPECIALISTS.map((role, index) => [
        role,
        planted.flatMap(({ wordings, line }) => {
          const [title, category, off] = wordings[index] ?? ['', '', 0];
          return [fault(title, line + off, { category, body: `So says the one for ${role}.` })];
        }),
      ]),
    );

    const { inline, folded } = assembledOf(reviewRecords({ reviews }));

    expect([inline.length, folded.length]).toEqual([3, 0]);
    for (const { roles, also } of inline) {
      const named = [...roles, ...also.flatMap((other) => other.roles)];
      expect([...new Set(named)].toSorted()).toEqual(SPECIALISTS.toSorted());
    }
  });

  it('is one comment a fault also where the faults stand two lines apart', () => {
    const titles = [
      'Query text is built from input',
      'Connection is never handed back',
      'Last page of results is lost',
    ];
    const reviews = Object.fromEntries(
      SPECIALISTS.map((role, index) => [
        role,
        titles.map((title, at) =>
          fault(title, 20 + 2 * at, { severity: SEVERITIES[(index + at) % 3] ?? 'high' }),
        ),
      ]),
    );

    const { inline } = assembledOf(reviewRecords({ reviews }));

    expect(inline.map((one) => [one.finding.title, one.roles.length, one.also.length]).toSorted()).toEqual(
      titles.map((title) => [title, 6, 0]).toSorted(),
    );
  });

  it('names who agreed, whoever answered first', () => {
    const [a, b] = [fault('Last page is lost', 10), fault('The last page is lost', 11, { confidence: 0.2 })];

    for (const reviews of [
      { backend: [a], qa: [b] },
      { qa: [b], backend: [a] },
    ]) {
      const [only] = assembledOf(reviewRecords({ reviews })).inline;

      expect(only).toMatchObject({ roles: ['backend', 'qa'], finding: { title: 'Last page is lost' } });
      expect(only && findingComment(only)).toContain('found by backend, qa concurs');
    }
  });

  it('keeps apart two faults of one specialist on one line', () => {
    const two = [fault('Query text is built from input', 10), fault('Connection never handed back', 10)];

    expect(assembledOf(reviewRecords({ reviews: { backend: two } })).inline).toHaveLength(2);
  });

  it('tells really different faults of two specialists on the same lines in one comment, and loses none', () => {
    const slow = fault('Reads the whole table', 10, { category: 'speed', severity: 'medium' });
    const reviews = {
      security: [fault('Token is written to the log', 10, { category: 'leak' })],
      database: [slow],
    };

    const { inline } = assembledOf(reviewRecords({ reviews }));

    expect(inline).toHaveLength(1);
    expect(inline[0]).toMatchObject({ roles: ['security'], also: [{ roles: ['database'], finding: slow }] });
    expect(inline[0] && findingComment(inline[0])).toContain(
      'Also here:\n- **🟡 Medium: Reads the whole table** (database): Reads the whole table, when it runs.',
    );
  });

  it('keeps unlike faults on lines near each other apart, and those far from each other', () => {
    const reviews = {
      security: [fault('Token is written to the log', 10, { category: 'leak' })],
      database: [fault('Reads the whole table', 12, { category: 'speed' })],
      qa: [fault('Token is written to the log', 90, { category: 'privacy' })],
    };

    expect(assembledOf(reviewRecords({ reviews })).inline).toHaveLength(3);
  });

  it('loses nothing and repeats nothing, whatever was found', () => {
    const titles = ['Token is written to the log', 'Reads the whole table', 'Last page is lost', ''];
    const anyFault = fc.record({
      title: fc.constantFrom(...titles),
      line: fc.integer({ min: -2, max: 30 }),
      severity: fc.constantFrom(...SEVERITIES),
      category: fc.constantFrom('bug', 'leak'),
      path: fc.constantFrom('server/api.js', 'db/query.js', 'nowhere.js'),
    });
    const anyReviews = fc.record({
      backend: fc.array(anyFault, { maxLength: 8 }),
      qa: fc.array(anyFault, { maxLength: 8 }),
    });

    fc.assert(
      fc.property(anyReviews, (given) => {
        const worded = given.backend.map((one) => fault(one.title, one.line, one));
        const named = { backend: worded, qa: given.qa.map((one) => fault(one.title, one.line, one)) };
        const { inline, folded, belowThreshold } = assembledOf(reviewRecords({ reviews: named }));
        const told = [...inline, ...folded];
        const wanted = [...given.backend, ...given.qa].filter(({ severity }) => severity !== 'low');

        expect(inline.length).toBeLessThanOrEqual(8);
        expect(new Set(told.map(({ fingerprint }) => fingerprint)).size).toBe(told.length);
        expect(inline.map((one) => rank(one.finding.severity))).toEqual(
          inline.map((one) => rank(one.finding.severity)).toSorted(),
        );
        expect(belowThreshold).toBeLessThanOrEqual(given.backend.length + given.qa.length);
        const titlesTold = told.flatMap((one) => [
          one.finding.title,
          ...one.also.map((other) => other.finding.title),
        ]);
        for (const { title } of wanted) expect(titlesTold).toContain(title);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the same fault in many places', () => {
  it('is one finding that lists them, whether one specialist says so or reports each', () => {
    const reviews = {
      backend: [
        fault('Response is sent without a status', 10, { also_at: [{ path: 'web/page.js', line: 4 }] }),
        fault('Response is sent without a status', 90),
        fault('Response sent without status', 40, { path: 'server/items.js' }),
      ],
    };

    const { inline } = assembledOf(reviewRecords({ reviews }));

    expect(inline).toHaveLength(1);
    expect(inline[0] && findingComment(inline[0])).toContain(
      'The same at:\n- `web/page.js:4`\n- `server/api.js:90`\n- `server/items.js:40`',
    );
  });

  it('is one finding when another words it otherwise at a place that is listed', () => {
    const listing = fault('Response is sent without a status', 10, {
      also_at: [{ path: 'web/page.js', line: 4 }],
    });
    const listed = fault('No status on the response that the page reads', 5, {
      path: 'web/page.js',
      category: 'http',
    });
    const elsewhere = { ...listed, line: 150 };
    const told = (other: Finding) =>
      assembledOf(reviewRecords({ reviews: { backend: [listing], qa: [other] } })).inline;

    expect(told(listed)).toMatchObject([{ roles: ['backend', 'qa'], places: [{ line: 4 }, { line: 5 }] }]);
    expect(told(elsewhere)).toHaveLength(2);
  });

  it('counts the places that are too many to name, and leaves out the finding itself and doubles', () => {
    const also_at = [10, 10, ...Array.from({ length: 60 }, (_, index) => 100 + index)].map((line) => ({
      path: 'server/api.js',
      line,
    }));
    const reviews = {
      backend: [
        fault('Response is sent without a status', 10, { also_at: [...also_at, { path: ' ', line: 3 }] }),
      ],
    };

    const { inline } = assembledOf(reviewRecords({ reviews }));

    expect(inline[0]?.places).toHaveLength(18);
    expect(inline[0] && findingComment(inline[0])).toMatch(/- `server\/api\.js:114`\n- and 3 more/);
  });
});

describe('what is published where', () => {
  const severities = ['low', 'medium', 'critical', 'high', 'medium'] as const;
  const found = severities.map((severity, index) =>
    fault(`${['Alpha', 'Bravo', 'Charlie', 'Delta', 'Echo'][index]} breaks`, index * 30 + 1, {
      severity,
      category: `c${index}`,
    }),
  );

  it('is the gravest inline up to the cap, the rest folded, the slight ones left out', () => {
    const records = reviewRecords({ reviews: { backend: found }, config: { reviewMaxComments: 2 } });

    const review = assembledOf(records);

    expect(review.inline.map((one) => one.finding.severity)).toEqual(['critical', 'high']);
    expect(review.folded.map((one) => one.finding.severity)).toEqual(['medium', 'medium']);
    expect(review.belowThreshold).toBe(1);
    expect(reviewBody(records, review)).toContain('1 finding below the wanted severity left out.');
  });

  it("goes by the nearest directory's severity and cap, and by the repository's elsewhere", () => {
    const rules = { paths: null, pathInstructions: null };
    const directories = [
      { dir: 'server/deep', severity: null, maxComments: null, ...rules },
      { dir: 'server', severity: 'low' as const, maxComments: 1, ...rules },
    ];
    const elsewhere = found.map((one, index) => ({
      ...one,
      path: 'web/page.js',
      title: `Page ${one.title}`,
      category: `d${index}`,
    }));

    const review = assembledOf(
      reviewRecords({ reviews: { backend: found, frontend: elsewhere }, survey: { directories } }),
    );

    const at = (path: string) => review.inline.filter(({ anchor }) => anchor.path === path).length;
    expect([at('server/api.js'), at('web/page.js'), review.belowThreshold]).toEqual([1, 4, 1]);
    expect(review.folded).toHaveLength(4);
  });

  it('counts what one reviewer found beyond its limit instead of dropping it in silence', () => {
    const many = Array.from({ length: 45 }, (_, index) =>
      fault(`Fault${index} number${index}`, index * 4 + 1, { category: `${index}` }),
    );
    const records = reviewRecords({ reviews: { backend: many } });

    const review = assembledOf(records);

    expect(review.inline.length + review.folded.length).toBe(40);
    expect(reviewBody(records, review)).toContain(
      '5 findings over the limit of one reviewer or of the second look left out.',
    );
  });
});

describe('what was read', () => {
  const manifest = [
    { path: 'server/api.js', read: 'full', reason: null },
    { path: 'db/query.js', read: 'part', reason: 'only its beginning is read' },
    { path: 'web/page.js', read: 'full', reason: 'unchanged since abcdef1' },
  ] as const;
  const groups = [
    { index: 1, paths: ['server/api.js'], reviewers: ['backend'] },
    { index: 2, paths: ['db/query.js'], reviewers: ['backend', 'qa'] },
  ];

  it('is never more than was planned, and nothing of what nobody finished reading', () => {
    const records = reviewRecords({
      reviews: { 'backend-1': FAILED, 'backend-2': FAILED, 'qa-2': [] },
      survey: { manifest, groups },
    });
    const boasting = {
      ...records,
      results: records.results.map((one) =>
        one.outcome.kind === 'findings'
          ? {
              ...one,
              outcome: {
                ...one.outcome,
                coverage: manifest.map((file) => ({ ...file, read: 'full' as const })),
              },
            }
          : one,
      ),
    };

    const { coverage, carriedOver, roles, failedRoles } = assembledOf(boasting);

    expect(coverage).toEqual([
      { path: 'server/api.js', read: 'skipped', reason: 'its reviewers did not finish' },
      manifest[1],
      manifest[2],
    ]);
    expect([...carriedOver]).toEqual([['abcdef1', 1]]);
    expect([roles, failedRoles.map(({ role }) => role)]).toEqual([['qa'], ['backend', 'backend']]);
  });
});

describe('the second look', () => {
  const three = [
    fault('Token is written to the log', 10, { severity: 'critical', category: 'leak' }),
    fault('Reads the whole table', 50, { severity: 'high', category: 'speed' }),
    fault('Last page is lost', 90, { severity: 'medium' }),
  ];

  it('drops what it refuted, lowers what it finds less grave and raises nothing', () => {
    const records = reviewRecords({
      reviews: { backend: three },
      verdicts: [confirmed('C1', 'medium'), refuted('C2'), confirmed('C3', 'critical')],
    });

    const review = assembledOf(records);

    expect(review.inline.map((one) => [one.finding.title, one.finding.severity])).toEqual([
      ['Token is written to the log', 'medium'],
      ['Last page is lost', 'medium'],
    ]);
    expect(reviewBody(records, review)).toContain('A second look dropped 1 finding.');
    expect(reviewBody(records, review)).not.toContain('Reads the whole table');
  });

  it('leaves out what it finds too slight', () => {
    const review = assembledOf(
      reviewRecords({ reviews: { backend: three }, verdicts: [confirmed('C1', 'low')] }),
    );

    expect(review.inline.map((one) => one.finding.title)).toEqual([
      'Reads the whole table',
      'Last page is lost',
    ]);
    expect(review.belowThreshold).toBe(1);
  });

  it('lets stand what got no verdict, or verdicts on what nobody asked, and says so', () => {
    const records = reviewRecords({
      reviews: { backend: three },
      verdicts: [refuted('C9'), confirmed('C1')],
    });

    const review = assembledOf(records);

    expect(review.inline).toHaveLength(3);
    expect(reviewBody(records, review)).toContain('2 findings got no verdict from it and stand as reported.');
  });

  it('lets all stand when it failed, or when a reviewer came after it, and says why', () => {
    const failed = reviewRecords({ reviews: { backend: three }, verdicts: FAILED });
    const all = reviewRecords({
      reviews: { backend: three },
      verdicts: [refuted('C1'), refuted('C2'), refuted('C3')],
    });
    const stale = {
      ...all,
      results: all.results.map((one) =>
        one.outcome.kind === 'findings' ? { ...one, createdAt: '2026-01-02T00:00:00.000Z' } : one,
      ),
    };

    for (const [records, why] of [
      [failed, 'The model was away.'],
      [stale, 'a reviewer finished after it'],
    ] as const) {
      const review = assembledOf(records);

      expect(review.inline).toHaveLength(3);
      expect(reviewBody(records, review)).toContain(`The second look could not be made: ${why}`);
    }
    expect(assembledOf(all).inline).toHaveLength(0);
  });

  it('judges the candidates of each group by the verdicts on that group', () => {
    const records = reviewRecords({
      reviews: { 'backend-1': [three[0] ?? fault('', 1)], 'backend-2': [three[1] ?? fault('', 1)] },
      verdicts: [],
    });
    const second = records.subtasks.find(({ kind }) => kind === 'refute');
    if (second === undefined) throw new Error('no refute subtask');
    const ofSecond = { ...second, id: 'second', key: 'refute-2' };
    const [answer] = records.results.filter(({ outcome }) => outcome.kind === 'refutation');
    if (answer === undefined) throw new Error('no refutation');
    const outcome: Outcome = { kind: 'refutation', answer: { verdicts: [refuted('C1')] } };
    const verdicts = { ...answer, subtaskId: 'second', outcome };

    const review = assembledOf({
      ...records,
      subtasks: [...records.subtasks, ofSecond],
      results: [...records.results, verdicts],
    });

    expect(review.inline.map((one) => one.finding.title)).toEqual(['Token is written to the log']);
  });
});
