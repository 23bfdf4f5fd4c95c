/** Probot as the crew uses it: it dispatches what the store holds, and neither listens nor keeps anything. */
import pino from 'pino';
import { Probot } from 'probot';

export interface ProbotSettings {
  readonly appId: number;
  readonly privateKey: string;
  /** `https://api.github.com`, or `https://<host>/api/v3`. */
  readonly apiUrl: string;
  /** Given so that Probot never falls back to its own default; our route verifies signatures. */
  readonly webhookSecret: string;
}

export function createProbot(settings: ProbotSettings): Probot {
  return new Probot({
    appId: settings.appId,
    privateKey: settings.privateKey,
    baseUrl: settings.apiUrl,
    secret: settings.webhookSecret,
    // Whatever a handler throws comes back from `receive`, and the dispatcher logs it once, with its outcome.
    log: pino({ level: 'silent' }),
  });
}
