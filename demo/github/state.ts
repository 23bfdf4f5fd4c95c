// The durable state: documents held in memory, written through to one SQLite table. A transaction is one commit, made
// before the caller hears of it, so a SIGKILL of this process at any moment loses nothing that was acknowledged.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Docs, Kind } from './records.ts';

export interface View {
  get<K extends Kind>(kind: K, id: number): Docs[K] | undefined;
  list<K extends Kind>(kind: K, where?: (doc: Docs[K]) => boolean): Docs[K][];
}

export interface Tx extends View {
  put<K extends Kind>(kind: K, doc: Docs[K]): Docs[K];
  remove(kind: Kind, id: number): void;
  nextId(): number;
}

interface Undo {
  readonly atMs: number;
  readonly kind: Kind;
  readonly id: number;
  readonly before: Docs[Kind] | undefined;
}

type Tables = { [K in Kind]?: Map<number, Docs[K]> };
const firstId = 1_000;
const historyMs = 60_000;
const historyLimit = 20_000;

export class Store implements View {
  readonly #db: DatabaseSync;
  readonly #tables: Tables = {};
  #undo: Undo[] = [];
  #tail: Promise<unknown> = Promise.resolve();

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#db = new DatabaseSync(join(dir, 'state.sqlite'));
    // WAL without an fsync per commit: the pages are in the kernel when a commit returns, so only a crash of the whole
    // machine could lose them, never that of the process.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.#db.exec(
      'CREATE TABLE IF NOT EXISTS docs (kind TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID',
    );
    for (const row of this.#db.prepare('SELECT kind, id, body FROM docs ORDER BY kind, id').iterate()) {
      this.#table(row.kind as Kind).set(Number(row.id), JSON.parse(String(row.body)));
    }
  }

  get<K extends Kind>(kind: K, id: number): Docs[K] | undefined {
    return this.#table(kind).get(id);
  }

  list<K extends Kind>(kind: K, where?: (doc: Docs[K]) => boolean): Docs[K][] {
    const all = [...this.#table(kind).values()].sort((a, b) => a.id - b.id);
    return where ? all.filter(where) : all;
  }

  /** Runs one writer at a time; what it put is committed when it returns and forgotten when it throws. */
  write<T>(change: (tx: Tx) => T | Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      const tx = new Pending(this);
      const result = await change(tx);
      this.#commit(tx);
      return result;
    };
    const result = this.#tail.then(run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** The state as it stood `ageMs` ago, for reads that lag behind writes. */
  asOf(ageMs: number): View {
    const sinceMs = Date.now() - ageMs;
    const overlay = new Map<string, Docs[Kind] | undefined>();
    for (let index = this.#undo.length - 1; index >= 0; index -= 1) {
      const undo = this.#undo[index];
      if (undo === undefined || undo.atMs < sinceMs) break;
      overlay.set(`${undo.kind}/${undo.id}`, undo.before);
    }
    return overlaid(this, overlay);
  }

  close(): void {
    this.#db.close();
  }

  #table<K extends Kind>(kind: K): Map<number, Docs[K]> {
    const tables = this.#tables as { [key in K]?: Map<number, Docs[K]> };
    const known = tables[kind];
    if (known) return known;
    const fresh = new Map<number, Docs[K]>();
    tables[kind] = fresh;
    return fresh;
  }

  #commit(tx: Pending): void {
    if (tx.changes.size === 0) return;
    const put = this.#db.prepare('INSERT OR REPLACE INTO docs (kind, id, body) VALUES (?, ?, ?)');
    const drop = this.#db.prepare('DELETE FROM docs WHERE kind = ? AND id = ?');
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const { kind, id, doc } of tx.changes.values()) {
        if (doc === undefined) drop.run(kind, id);
        else put.run(kind, id, JSON.stringify(doc));
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
    this.#remember(tx);
  }

  #remember(tx: Pending): void {
    const atMs = Date.now();
    for (const { kind, id, doc } of tx.changes.values()) {
      this.#undo.push({ atMs, kind, id, before: this.get(kind, id) });
      if (doc === undefined) this.#table(kind).delete(id);
      else this.#table(kind).set(id, doc);
    }
    if (this.#undo.length > historyLimit || (this.#undo[0]?.atMs ?? atMs) < atMs - historyMs) {
      this.#undo = this.#undo.filter((undo) => undo.atMs >= atMs - historyMs).slice(-historyLimit);
    }
  }
}

interface Change {
  readonly kind: Kind;
  readonly id: number;
  readonly doc: Docs[Kind] | undefined;
}

class Pending implements Tx {
  readonly changes = new Map<string, Change>();
  readonly #base: View;

  constructor(base: View) {
    this.#base = base;
  }

  get<K extends Kind>(kind: K, id: number): Docs[K] | undefined {
    const change = this.changes.get(`${kind}/${id}`);
    return change ? (change.doc as Docs[K] | undefined) : this.#base.get(kind, id);
  }

  list<K extends Kind>(kind: K, where?: (doc: Docs[K]) => boolean): Docs[K][] {
    const overlay = new Map<string, Docs[Kind] | undefined>();
    for (const [key, change] of this.changes) if (change.kind === kind) overlay.set(key, change.doc);
    return overlaid(this.#base, overlay).list(kind, where);
  }

  put<K extends Kind>(kind: K, doc: Docs[K]): Docs[K] {
    this.changes.set(`${kind}/${doc.id}`, { kind, id: doc.id, doc });
    return doc;
  }

  remove(kind: Kind, id: number): void {
    this.changes.set(`${kind}/${id}`, { kind, id, doc: undefined });
  }

  nextId(): number {
    const next = this.get('counter', 1)?.next ?? firstId;
    this.put('counter', { id: 1, next: next + 1 });
    return next;
  }
}

function overlaid(base: View, overlay: ReadonlyMap<string, Docs[Kind] | undefined>): View {
  return {
    get<K extends Kind>(kind: K, id: number) {
      const key = `${kind}/${id}`;
      return overlay.has(key) ? (overlay.get(key) as Docs[K] | undefined) : base.get(kind, id);
    },
    list<K extends Kind>(kind: K, where?: (doc: Docs[K]) => boolean) {
      if (overlay.size === 0) return base.list(kind, where);
      const docs = new Map(base.list(kind).map((doc) => [doc.id, doc]));
      for (const [key, doc] of overlay) {
        if (!key.startsWith(`${kind}/`)) continue;
        if (doc === undefined) docs.delete(Number(key.slice(kind.length + 1)));
        else docs.set(doc.id, doc as Docs[K]);
      }
      const all = [...docs.values()].sort((a, b) => a.id - b.id);
      return where ? all.filter(where) : all;
    },
  };
}

/** A view that can stand where a transaction is expected, for requests that only read. */
export function readOnly(view: View): Tx {
  const refuse = (): never => {
    throw new Error('a request that reads changes nothing');
  };
  return {
    get: view.get.bind(view),
    list: view.list.bind(view),
    put: refuse,
    remove: refuse,
    nextId: refuse,
  };
}
