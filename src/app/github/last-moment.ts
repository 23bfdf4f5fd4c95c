/**
 * A check at the last moment: when a request's first byte is about to be written, with its connection made, and not when it was
 * handed to the client. A process that was stopped in between wakes up with its check behind it and its right to send gone.
 */

interface Handler {
  /** Called right before the request is written; what it is given calls the request off. */
  onConnect?(abort: (error: Error) => void, ...rest: readonly unknown[]): void;
  onRequestStart?(controller: { abort(error: Error): void }, ...rest: readonly unknown[]): void;
}

interface Dispatcher {
  dispatch(request: object, handler: Handler): boolean;
}

/** Where Node's fetch and undici agree on the dispatcher in use (undici, `lib/global.js`); there once fetch was used. */
const GLOBAL = Symbol.for('undici.globalDispatcher.1');

/** For the options of Node's fetch. `check` answers why the request must not go, or null. Another fetch passes it over. */
export function lastMoment(check: () => Error | null): RequestInit {
  // The first use of it loads undici.
  void globalThis.Request;
  const inUse = (globalThis as { [GLOBAL]?: Dispatcher })[GLOBAL];
  if (inUse === undefined) return {};
  const dispatcher: Dispatcher = {
    dispatch: (request, handler) => inUse.dispatch(request, checked(handler, check)),
  };
  return { dispatcher } as unknown as RequestInit;
}

/** Undici calls one or the other, by its version. */
function checked(handler: Handler, check: () => Error | null): Handler {
  const { onConnect, onRequestStart } = handler;
  const watched = Object.create(handler) as Handler;
  if (onConnect !== undefined) {
    watched.onConnect = function (this: Handler, abort, ...rest) {
      const why = check();
      if (why !== null) return abort(why);
      onConnect.call(this, abort, ...rest);
    };
  }
  if (onRequestStart !== undefined) {
    watched.onRequestStart = function (this: Handler, controller, ...rest) {
      const why = check();
      if (why !== null) return controller.abort(why);
      onRequestStart.call(this, controller, ...rest);
    };
  }
  return watched;
}
