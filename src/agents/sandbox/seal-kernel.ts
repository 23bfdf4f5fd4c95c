/**
 * What the runtime's bubblewrap line leaves open in the kernel, closed: System V shared memory, queues and semaphores, which one
 * user's processes share whatever they see of the file system, and the keyrings that a process inherits from whoever started it.
 * Either hands a command what the worker or the operator's session holds, and jobs to one another.
 */

/** `--cap-drop` and the rest of the runtime's line are no concern of these. */
const NAMESPACES = '--unshare-ipc --unshare-uts --unshare-cgroup-try';
/** No number that the runtime redirects itself. */
const FILTER_FD = 21;
/** As the runtime begins its line, or, of a line that is too long, the rest behind a shell that opens its arguments. */
const BWRAP = /^(\/bin\/sh -c '[^']*' srt-args \S+ )?bwrap(?= --new-session )/;

/** `wrapped`: a command for bash that becomes bubblewrap, as the runtime makes it. Throws when it does not. */
export function sealKernel(wrapped: string): string {
  if (!BWRAP.test(wrapped)) throw new Error('the sandbox runtime made no line of bubblewrap');
  const escaped = [...keyringFilter()].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const sealed = wrapped.replace(BWRAP, `$1bwrap ${NAMESPACES} --seccomp ${FILTER_FD}`);
  return `exec ${FILTER_FD}< <(printf '${escaped}')\nexec ${sealed}`;
}

// Classic BPF, as seccomp takes it: linux/filter.h, linux/seccomp.h, linux/audit.h.
const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
/** With EPERM: programs take it for a kernel without keyrings. */
const REFUSE = 0x0005_0001;
const AT_CALL = 0;
const AT_ARCHITECTURE = 4;

/** add_key, request_key and keyctl by architecture, those for 32-bit programs included. */
const KEYRING_CALLS: readonly (readonly [architecture: number, calls: readonly number[]])[] = [
  [0xc000_003e, [248, 249, 250, 0x4000_0000 + 248, 0x4000_0000 + 249, 0x4000_0000 + 250]],
  [0x4000_0003, [286, 287, 288]],
  [0xc000_00b7, [217, 218, 219]],
  [0x4000_0028, [309, 310, 311]],
];

function keyringFilter(): Buffer {
  const code: [operation: number, ifTrue: number, ifFalse: number, value: number][] = [
    [LOAD_WORD, 0, 0, AT_ARCHITECTURE],
  ];
  for (const [architecture, calls] of KEYRING_CALLS) {
    // Of another architecture: over the load, the comparisons and both ends.
    code.push([JUMP_IF_EQUAL, 0, calls.length + 3, architecture], [LOAD_WORD, 0, 0, AT_CALL]);
    for (const [at, call] of calls.entries()) code.push([JUMP_IF_EQUAL, calls.length - at, 0, call]);
    code.push([RETURN, 0, 0, ALLOW], [RETURN, 0, 0, REFUSE]);
  }
  code.push([RETURN, 0, 0, ALLOW]);
  const filter = Buffer.alloc(code.length * 8);
  for (const [at, [operation, ifTrue, ifFalse, value]] of code.entries()) {
    filter.writeUInt16LE(operation, at * 8);
    filter.writeUInt8(ifTrue, at * 8 + 2);
    filter.writeUInt8(ifFalse, at * 8 + 3);
    filter.writeUInt32LE(value, at * 8 + 4);
  }
  return filter;
}
