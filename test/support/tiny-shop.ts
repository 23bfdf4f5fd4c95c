/** The repository that conversations end to end are about: a shop in a few lines, without dependencies, whose tests take a moment. */
import type { Files } from './bare-repository.ts';

const packageJson = { name: 'shop', type: 'module', private: true, scripts: { test: 'node --test' } };

/** `files` over those of the shop, such as a `.github/crew.yml`. */
export function tinyShop(files: Files = {}): Files {
  return {
    'package.json': `${JSON.stringify(packageJson, null, 2)}\n`,
    'README.md': '# Shop\n\n`lib/` is the code, `test/` its tests: `npm test`.\n',
    'lib/price.js': `/** In cents. */
export const DELIVERY = 490;

export function total(items) {
  return items.reduce((sum, { cents, count }) => sum + cents * count, 0);
}
`,
    'lib/stock.js': `export function take(stock, name, count) {
  if ((stock[name] ?? 0) < count) throw new Error(\`not enough \${name}\`);
  return { ...stock, [name]: stock[name] - count };
}
`,
    'test/price.test.js': `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { total } from '../lib/price.js';

it('adds up prices', () => {
  assert.equal(total([{ cents: 250, count: 2 }, { cents: 99, count: 1 }]), 599);
});
`,
    'test/stock.test.js': `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { take } from '../lib/stock.js';

it('takes from the stock, and no more than is there', () => {
  assert.deepEqual(take({ tea: 3 }, 'tea', 2), { tea: 1 });
  assert.throws(() => take({ tea: 1 }, 'tea', 2), /not enough tea/);
});
`,
    ...files,
  };
}

/** A module and its test, as a specialist adds them: `name` is what it exports, and `value` what that answers. */
export function moduleWithTest(name: string, value: number | string): Files {
  const literal = JSON.stringify(value);
  return {
    [`lib/${name}.js`]: `export function ${name}() {\n  return ${literal};\n}\n`,
    [`test/${name}.test.js`]: `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ${name} } from '../lib/${name}.js';

it('answers ${name}', () => {
  assert.equal(${name}(), ${literal});
});
`,
  };
}
