/**
 * The edges as the core and the parts see them. `store`, `app`, `orchestrator` and `agents` each implement some and
 * use others; only `wire.ts` joins them. Those to GitHub are in `github-ports.ts`, to git in `workspace-ports.ts`, to agents in
 * `agent-ports.ts`, to Postgres in `store-ports.ts` and `memory-ports.ts`.
 */

import type { Seen } from './gate/smoke-verdict.ts';
import type { AuditEvent } from './records.ts';

// ── Embeddings ──────────────────────────────────────────────────────────────────────────────────────────────

/** Turns texts into vectors of `EMBEDDING_DIMENSIONS`; texts alike have vectors alike. */
export interface Embedder {
  embed(texts: readonly string[]): Promise<readonly (readonly number[])[]>;
}

export const EMBEDDING_DIMENSIONS = 512;

// ── Queue: the doorbell ─────────────────────────────────────────────────────────────────────────────────────

/** Payloads are ids. Losing or doubling one is harmless: handlers look at the store, the sweep rings again. */
export type Job =
  | { readonly step: 'dispatch'; readonly guid: string }
  | { readonly step: 'advance'; readonly taskId: string }
  | { readonly step: 'publish'; readonly effectId: string }
  | { readonly step: 'work'; readonly subtaskId: string; readonly role: string };

export interface Doorbell {
  /** Never throws: a lost ring is logged and made good by the sweep. */
  ring(jobs: readonly Job[], options?: { readonly delayMs?: number }): Promise<void>;
}

// ── Bus: committed events, live ─────────────────────────────────────────────────────────────────────────────

export interface EventBus {
  publish(events: readonly AuditEvent[]): Promise<void>;
  /** Calls `listener` for each event committed from now on, at least once, roughly in order. Answers the unsubscription. */
  subscribe(listener: (event: AuditEvent) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

// ── Clock, ids, log ─────────────────────────────────────────────────────────────────────────────────────────

export interface Clock {
  now(): Date;
  /** Resolves early, without error, when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The part of a pino logger that we use. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  child(fields: object): Log;
}

// ── Deployments ─────────────────────────────────────────────────────────────────────────────────────────────

export interface ProbeRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  /** That it and what it redirects to may be at. */
  readonly hosts: readonly string[];
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Asks a deployment once, without credentials, and nothing but the hosts named. Throws only when `signal` aborts. */
export type Probe = (request: ProbeRequest) => Promise<Seen>;
