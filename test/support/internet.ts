/**
 * An internet of a test's own, for a Node process that is started with `internetArgs`: names lead where the test says, one answer
 * after another, and whoever connects to an address comes out at a port of this machine. Loaded before all else in that process.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { pathToFileURL } from 'node:url';

export interface Internet {
  /** Addresses of a name, of one look-up after the other; the last stays. */
  readonly names: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** Ports of this machine, by address. */
  readonly machines: Readonly<Record<string, number>>;
}

export function internetArgs(internet: Internet): readonly string[] {
  return [
    '--import',
    `${pathToFileURL(import.meta.filename)}?${encodeURIComponent(JSON.stringify(internet))}`,
  ];
}

const { search } = new URL(import.meta.url);
if (search !== '') standIn(JSON.parse(decodeURIComponent(search.slice(1))) as Internet);

type Found = (error: Error | null, addresses: { address: string; family: number }[]) => void;
interface Wanted {
  readonly host?: string;
  readonly port?: number;
  readonly lookup?: (name: string, options: object, found: Found) => void;
}

function standIn({ names, machines }: Internet): void {
  const asked = new Map<string, number>();
  const before = dns.lookup as (name: string, options: object, found: Found) => void;
  const lookUp = (name: string, options: object, found: Found): void => {
    if (name === 'localhost' || net.isIP(name) !== 0) {
      before(name, options, found);
      return;
    }
    const answers = names[name.toLowerCase()] ?? [];
    const at = asked.get(name) ?? 0;
    asked.set(name, at + 1);
    const addresses = answers[Math.min(at, answers.length - 1)] ?? [];
    const error =
      addresses.length === 0 ? Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }) : null;
    found(
      error,
      addresses.map((address) => ({ address, family: net.isIP(address) })),
    );
  };
  Object.assign(dns, { lookup: lookUp });
  const connect = net.Socket.prototype.connect as (this: net.Socket, ...args: unknown[]) => net.Socket;
  net.Socket.prototype.connect = function redirected(this: net.Socket, ...args: unknown[]): net.Socket {
    const wanted = (Array.isArray(args[0]) ? args[0][0] : args[0]) as Wanted;
    const { host, lookup = lookUp } = wanted;
    if (host === undefined || host === 'localhost' || !wanted.port) return connect.apply(this, args);
    const arrive = (address: string): void => {
      const port = machines[address];
      if (port === undefined) this.destroy(new Error(`no machine at ${address}`));
      else connect.call(this, { host: '127.0.0.1', port });
      // The proxies look whom they reached, and go there.
      Object.defineProperty(this, 'remoteAddress', { value: address });
    };
    if (net.isIP(host) !== 0) arrive(host);
    else
      lookup(host, { all: true }, (error, found) =>
        error === null ? arrive(found[0]?.address ?? '') : this.destroy(error),
      );
    return this;
  } as net.Socket['connect'];
  syncBuiltinESMExports();
}
