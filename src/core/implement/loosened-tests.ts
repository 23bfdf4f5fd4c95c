/**
 * Whether a patch makes tests say less than they did: skipped, deleted or emptied tests, raised limits, checks that pass whatever
 * they find. Read from the patch alone, in the common languages. It takes a replaced test or assertion for an honest change: people
 * read those in the pull request. Pure.
 */
import type { FileDiff } from '../diff.ts';
import { type Loosening, loosenedTest } from '../messages/loosened.ts';
import { parseDiff } from '../parse-diff.ts';
import type { Refusal } from '../result-records.ts';
import { isNamedTest, isTestFile, saysHowTestsRun } from './test-files.ts';

const REFUSALS_MAX = 20;
/** A longer line is no test that somebody wrote. */
const LINE_MAX_CHARS = 2_000;

/** At most 20 refusals, one for each file and kind. */
export function loosenedIn(patch: string): readonly Refusal[] {
  const changes = parseDiff(patch).map(changed);
  const moved = movedIn(changes);
  return changes.flatMap((change) => loosened(change, moved)).slice(0, REFUSALS_MAX);
}

interface Changed {
  readonly file: FileDiff;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function changed(file: FileDiff): Changed {
  const lines = file.hunks.flatMap((hunk) => hunk.lines);
  const of = (kind: 'added' | 'removed') =>
    lines.filter((line) => line.kind === kind && line.text.length <= LINE_MAX_CHARS).map(({ text }) => text);
  return { file, added: of('added'), removed: of('removed') };
}

/** Lines of tests that stand somewhere else now, without their white space. */
interface Moved {
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

function movedIn(changes: readonly Changed[]): Moved {
  return {
    added: new Set(changes.flatMap(({ added }) => added.map(bare))),
    removed: new Set(changes.flatMap(({ removed }) => removed.map(bare))),
  };
}

function loosened(change: Changed, moved: Moved): readonly Refusal[] {
  const { file, added } = change;
  const { path } = file;
  const isTest = isTestFile(path) || isTestFile(file.oldPath);
  const isRun = saysHowTestsRun(path);
  const of = (what: Loosening, line: string | undefined): readonly Refusal[] =>
    line === undefined ? [] : [{ cause: 'loosened_test', path, message: loosenedTest(what, path, line) }];
  const first = (pattern: RegExp) =>
    added.find((line) => pattern.test(line) && !moved.removed.has(bare(line)));
  if (isTest && (file.status === 'removed' || isHidden(file))) return of('file_deleted', '');
  return [
    ...of('skipped', first(SKIPS_ANYWHERE) ?? (isTest ? first(SKIPS_IN_TESTS) : undefined)),
    ...(isTest ? of('cases_removed', lost(change, moved, CASE)) : []),
    ...(isTest ? of('assertions_removed', lost(change, moved, ASSERTION)) : []),
    ...(isTest ? of('always_true', first(ALWAYS_TRUE)) : []),
    ...(isTest || isRun ? of('timeout_raised', raised(change, TIMEOUT, isTest)) : []),
    ...(isTest || isRun ? of('retries_raised', raised(change, RETRIES, true)) : []),
    ...(isRun ? of('threshold_lowered', lowered(change)) : []),
    ...(isRun ? of('command_weakened', first(WEAK_COMMAND) ?? lostCommand(change)) : []),
    ...(isRun ? of('tests_excluded', first(EXCLUDES)) : []),
  ];
}

/** Runners find tests by their files' names: one that was renamed so that it is none any more is gone. */
function isHidden({ status, path, oldPath }: FileDiff): boolean {
  if (status !== 'renamed') return false;
  return !isTestFile(path) || (isNamedTest(oldPath) && !isNamedTest(path));
}

/** Nobody writes these for anything else. */
const SKIPS_ANYWHERE =
  /\b(?:it|test|describe|suite|context|bench)\s*\.\s*(?:concurrent\s*\.\s*|sequential\s*\.\s*)?(?:skip|only|todo|fixme|fails|failing|skipIf|runIf)\b|\b(?:xit|xdescribe|xtest|xcontext|fdescribe)\s*\(|@pytest\.mark\.(?:skip|skipif|xfail)\b|\bpytest\.(?:skip|xfail|importorskip)\s*\(|\bunittest\.(?:skip|skipIf|skipUnless|expectedFailure)\b|\bself\.skipTest\s*\(|\bSkipTest\b|\b[tb]\.Skip(?:f|Now)?\s*\(|#\[(?:cfg_attr\([^\]]*)?ignore\b|\bmarkTest(?:Skipped|Incomplete)\b|\bXCTSkip/;
const SKIPS_IN_TESTS =
  /\bif\s*\(?\s*(?:false|0)\s*[):]|\bif\s+(?:False|0)\s*:|\bprocess\.exit\s*\(\s*0?\s*\)|\b(?:sys\.exit|os\._exit)\s*\(\s*0?\s*\)|\bos\.Exit\s*\(\s*0\s*\)|\bfit\s*\(|\b(?:this|t|ctx|context)\.(?:skip|todo)\s*\(|\b(?:skip|todo|only)\s*:\s*(?!false\b|\d)[\w'"`]|^\s*@(?:Disabled|Ignore|EnabledIf|DisabledIf|DisabledOnOs)\b|^\s*\[(?:Ignore|Explicit)\b|\bSkip\s*=\s*["']|\bAssum(?:e|ptions)\.|\bassume(?:True|False|That)\s*\(|^\s*(?:skip|pending)\b(?!\s*[=.:,])|@tag\s+:?skip|@(?:skip|expectedFailure)\b/;
const CASE =
  /^\s*(?:(?:it|test|specify|scenario|Deno\.test)(?:\.(?:each|concurrent|for)\b[^(]*)?\s*[(`]|(?:async\s+)?def\s+test|func\s+(?:\([^)]*\)\s*)?(?:Test|Benchmark|Fuzz|test)\w*\s*\(|#\[(?:\w+::)*test\b|@(?:Test|ParameterizedTest|RepeatedTest)\b|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b|public\s+function\s+test|(?:it|test|specify|scenario)\s+["'])/;
const ASSERTION =
  /\bexpect\s*\(|\bassert\w*[!.(]|^\s*assert\s|\b(?:t|b)\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\s*\(|\b(?:require|should|must)\.\w+\s*\(|\.should\b|\bverify\s*\(|\bXCTAssert|\b(?:Assert|Assertions)\.\w+/;
const ALWAYS_TRUE =
  /\bexpect\s*\(\s*(true|false|\d+|null)\s*\)\s*\.\s*to(?:Be|Equal|StrictEqual)\s*\(\s*\1\s*\)|\bexpect\s*\(\s*true\s*\)\.toBeTruthy|\bassert(?:\.ok|True|_true|\.True)?\s*!?\s*\(\s*true\s*[,)]|^\s*assert\s+(?:True|1)\b|\bassert!\s*\(\s*true\b|\bassertTrue\s*\(\s*True\b/i;
/** What a name holds is looked for ahead of it: else the time that a long word takes grows with the cube of its length. */
const TIMEOUT = /\b((?=\w*time_?out|max_?duration|deadline)\w+)\b\W{0,4}?[\s"'=:({[]*(\d[\d_]*(?:\.\d+)?)/i;
const RETRIES = /\b(retr(?:y|ies)\w*|reruns?\w*|flaky\w*|max_?attempts\w*)\b\W{0,4}?[\s"'=:({[]*(\d[\d_]*)/i;
const THRESHOLD =
  /\b((?=\w*threshold|(?=\w*min)\w*coverage|(?:branches|functions|lines|statements)\b)\w+|fail[-_]under)\b\W{0,4}?[\s"'=:]*(\d+(?:\.\d+)?)/i;
const WEAK_COMMAND =
  /\|\|\s*(?:true|:|exit\s+0|echo\b)|;\s*(?:true|exit\s+0)\s*(?:["']|$)|\bset\s+\+e\b|--pass-?[wW]ith-?[nN]o-?[tT]ests|\bcontinue-on-error\s*:\s*(?!false\b)\S|\ballow_failure\s*:\s*true|-DskipTests|-Dmaven\.test\.skip|-x\s+test\b|--exit-zero\b|--no-fail\b|"(?:test|check|lint|typecheck)[\w:-]*"\s*:\s*"(?:true|:|exit 0|echo\b[^"&|;]*)"|^\t-\s*\S/;
const EXCLUDES =
  /--(?:deselect|ignore|ignore-glob|testPathIgnorePatterns|exclude|skip)(?:[= ]|$)|\btestPathIgnorePatterns\b|\bcollect_ignore|-k\s+["']?not\b|\bpassWithNoTests\s*:\s*true|\bexclude\s*:\s*\[[^\]]*(?:test|spec)/;
const CHECK_COMMAND = /^\s*"(?:test|check|lint|typecheck)[\w:-]*"\s*:|^(?:test|check|lint)[\w-]*\s*:(?!=)/;

const COMMENT = /^\s*(?:\/\/|\/\*|\*|#(?!\[)|--|<!--)/;

/** The first line of a kind that went, where more went than came: what only moved counts on neither side, and what is said in a comment on none. */
function lost({ added, removed }: Changed, moved: Moved, kind: RegExp): string | undefined {
  const says = (line: string) => kind.test(line) && !COMMENT.test(line);
  const gone = removed.filter((line) => says(line) && !moved.added.has(bare(line)));
  const come = added.filter((line) => says(line) && !moved.removed.has(bare(line)));
  return gone.length > come.length ? gone[0] : undefined;
}

/** A number that rose, by the name in front of it; where it is new, as `isNewRaised` says. A new file raises nothing. */
function raised({ file, added, removed }: Changed, kind: RegExp, isNewRaised: boolean): string | undefined {
  if (file.status === 'added') return undefined;
  const highest = highestIn(removed, kind);
  return added.find((line) => {
    const now = numberIn(line, kind);
    if (now === null || now.value === 0) return false;
    const before = highest.get(now.name);
    return before === undefined ? isNewRaised : before < now.value;
  });
}

function lowered({ added, removed }: Changed): string | undefined {
  const highest = highestIn(removed, THRESHOLD);
  return added.find((line) => {
    const now = numberIn(line, THRESHOLD);
    return now !== null && (highest.get(now.name) ?? 0) > now.value;
  });
}

/** The highest number of each name. */
function highestIn(lines: readonly string[], kind: RegExp): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  for (const line of lines) {
    const found = numberIn(line, kind);
    if (found !== null) highest.set(found.name, Math.max(found.value, highest.get(found.name) ?? 0));
  }
  return highest;
}

function lostCommand({ file, added, removed }: Changed): string | undefined {
  if (file.status === 'removed') return removed.find((line) => CHECK_COMMAND.test(line));
  const names = (line: string) => CHECK_COMMAND.exec(line)?.[0].trim();
  const come = new Set(added.map(names));
  return removed.find((line) => CHECK_COMMAND.test(line) && !come.has(names(line)));
}

/** A package of such a name, in its version. */
const DEPENDENCY = /^\s*"[^"]+"\s*:\s*"[~^<>=v ]*\d+\.\d+/;

function numberIn(line: string, kind: RegExp): { readonly name: string; readonly value: number } | null {
  const found = DEPENDENCY.test(line) ? null : kind.exec(line);
  if (found === null) return null;
  const [, name = '', digits = ''] = found;
  return { name: name.toLowerCase(), value: Number(digits.replaceAll('_', '')) };
}

function bare(line: string): string {
  return line.replace(/\s+/g, '');
}
