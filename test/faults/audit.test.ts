/** The audit trail: whatever is killed, nothing reaches GitHub that no event told of before, and the trail replays to the tables. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import { auditTrail } from '../../src/store/audit-trail.ts';
import { privateKeyPem } from '../github/local-github.ts';
import { endOf, startCrewProcess } from '../support/crew-process.ts';
import { auditSends } from './support/audited-sends.ts';
import { DAY, dayConversations, dayRepository, playDay } from './support/busy-day.ts';
import { type CrewAtWork, crewAtWork } from './support/crew-at-work.ts';
import { everyKind, kindsRepository } from './support/every-kind.ts';
import { tellThrice } from './support/told-thrice.ts';
import { NO_LIMITS } from './support/unpaced.ts';
import { trial } from './trial.ts';

const BETWEEN_KILLS_MS = 900;

let crew: CrewAtWork | null = null;
afterEach(async () => {
  await crew?.close();
  crew = null;
});

trial(
  'no effect is without an earlier audit record, and the trail replays to the tables, whatever is killed',
  {
    full: { issues: 3, pulls: 2, each: 2, kills: 60, webs: 2, workers: ['all', 'all'] },
    short: { issues: 0, pulls: 0, each: 1, kills: 2, webs: 2, workers: [] },
  },
  async ({ size, random, count }) => {
    crew = await crewAtWork({
      conversations: dayConversations(size.issues),
      repositories: [dayRepository, kindsRepository],
      credentials: { privateKey: privateKeyPem },
      deaf: true,
      webs: size.webs,
      workers: size.workers,
      waitMs: size.issues === 0 ? 100_000 : 900_000,
      github: { rateLimits: NO_LIMITS },
      environment: {
        CREW_SWEEP_SECONDS: '1',
        CREW_QUIET_SECONDS: '1',
        CREW_LOSSES: '50',
        CREW_LOOK_AGAIN_SECONDS: '0.5',
        CREW_BUDGET_USD: '1000',
      },
    });
    const { parts, store, database, until, effects } = crew;
    const { github } = parts;
    const kinds = await everyKind(github, store, { each: size.each, random });
    const sends = auditSends(parts, database.pool);
    const told = tellThrice(parts, { random, withinMs: 500, repository: DAY.repository });
    const counted = { kills: 0, audits: 0, events: 0, records: 0 };
    const differences: string[] = [];
    const audit = async (): Promise<void> => {
      const audited = await auditTrail(database.pool);
      counted.audits += 1;
      counted.events = audited.events;
      counted.records = audited.records;
      differences.push(...audited.differences);
    };
    const killing = async (): Promise<void> => {
      for (; counted.kills < size.kills; counted.kills += 1) {
        await delay(random.between(0, BETWEEN_KILLS_MS));
        const part = random.pick(parts.parts);
        await part.end();
        await audit();
        await part.start();
        await kinds.planMore();
      }
    };
    await kinds.plan();
    await Promise.all([killing(), playDay({ github, store, until }, size)]);
    await until(async () => told.isQuiet() && (await effects()).every(({ state }) => state === 'done'));
    await audit();
    await told.stop();
    sends.stop();
    count({
      ...counted,
      writes: sends.requests(),
      'of no owner': sends.ofNoOwner(),
      untold: sends.violations().length,
      differences: differences.length,
    });
    expect({ untold: sends.violations(), differences }).toEqual({ untold: [], differences: [] });
    expect(await crewAudit(parts.environment)).toMatchObject({ status: 0 });
    await database.pool.query("update effects set state = 'failed' where state = 'done'");
    const forged = await crewAudit(parts.environment);
    expect(forged.status).toBe(1);
    expect(forged.stdout).toMatch(/^The effect \S+: state is "failed", and by the trail "done"\.$/m);
  },
);

function crewAudit(environment: Readonly<Record<string, string>>) {
  return endOf(startCrewProcess('src/crew.js', ['audit'], environment));
}
