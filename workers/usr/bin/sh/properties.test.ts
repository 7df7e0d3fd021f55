// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are shell text
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arithmetic } from './arith.ts';
import { expandBraces } from './braces.ts';
import { matchEdge, matches, replaceMatches } from './glob.ts';
import { createHarness } from './harness.ts';
import { backslashQuote, singleQuote } from './quote.ts';

const SEED = 20260101;
const runs = (numRuns: number) => ({ seed: SEED, numRuns });
/** Any bytes a variable can hold. */
const bytes = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((c) => String.fromCharCode(c)), maxLength: 12 });
const awkward = fc.string({ unit: fc.constantFrom(...' \t\n\\\'"$`*?[]{}~!#&|;<>()=%^@,-a1'), maxLength: 10 });

describe(`quoting (seed ${SEED})`, () => {
  test('a word quoted by printf %q or ${x@Q} means itself', () => {
    const h = createHarness({}, { interactive: true });
    fc.assert(
      fc.property(fc.oneof(bytes, awkward), (word) => {
        expect(h.run(`printf '%s.' ${backslashQuote(word)} ${singleQuote(word)}`).stdout).toBe(`${word}.${word}.`);
      }),
      runs(300),
    );
  });
  test('eval of what printf %q printed gives the words back', () => {
    fc.assert(
      fc.property(fc.array(awkward, { maxLength: 4 }), (words) => {
        const set = words.map(singleQuote).join(' ');
        const { stdout } = createHarness().run(`set -- ${set}; eval "set -- $(printf '%q ' "$@")"; printf '<%s>' "$@"`);
        expect(stdout).toBe(words.length === 0 ? '<>' : words.map((w) => `<${w}>`).join(''));
      }),
      runs(60),
    );
  });
});

describe(`arithmetic (seed ${SEED})`, () => {
  const vars = { get: () => undefined, set: () => undefined };
  const big = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const literal = (n: bigint): string => (n === -(2n ** 63n) ? '(-9223372036854775807-1)' : n < 0n ? `(${n})` : String(n));
  const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);
  const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
    '+': (a, b) => wrap(a + b),
    '-': (a, b) => wrap(a - b),
    '*': (a, b) => wrap(a * b),
    '&': (a, b) => a & b,
    '|': (a, b) => a | b,
    '^': (a, b) => a ^ b,
    '<': (a, b) => BigInt(a < b),
    '>=': (a, b) => BigInt(a >= b),
    '==': (a, b) => BigInt(a === b),
    '&&': (a, b) => BigInt(a !== 0n && b !== 0n),
    '||': (a, b) => BigInt(a !== 0n || b !== 0n),
    '<<': (a, b) => wrap(a << (b & 63n)),
    '>>': (a, b) => a >> (b & 63n),
  };
  test.each(Object.keys(OPERATIONS))('%s is that of 64-bit integers', (op) => {
    fc.assert(
      fc.property(big, big, (a, b) => {
        expect(arithmetic(`${literal(a)} ${op} ${literal(b)}`, vars)).toBe((OPERATIONS[op] as (a: bigint, b: bigint) => bigint)(a, b));
      }),
      runs(100),
    );
  });
  test('quotient and remainder make up the dividend', () => {
    fc.assert(
      fc.property(
        big,
        big.filter((n) => n !== 0n),
        (a, b) => {
          const [q, r] = [arithmetic(`${literal(a)} / ${literal(b)}`, vars), arithmetic(`${literal(a)} % ${literal(b)}`, vars)];
          expect(wrap(q * b + r)).toBe(a);
        },
      ),
      runs(200),
    );
  });
});

describe(`patterns (seed ${SEED})`, () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]', '\\*'), { maxLength: 6 }).map((p) => p.join(''));
  /** The slow and obvious matcher. */
  const slow = (p: string, t: string): boolean => {
    const [, head = '', rest = ''] = /^(\\.|\[[^\]]*\]|.)(.*)$/s.exec(p) ?? [];
    if (p === '') return t === '';
    if (head === '*') return slow(rest, t) || (t !== '' && slow(p, t.slice(1)));
    if (t === '') return false;
    const c = t.charAt(0);
    const one =
      head === '?' ||
      (head.startsWith('\\')
        ? head.slice(1) === c
        : head.startsWith('[!')
          ? !head.slice(2, -1).includes(c)
          : head.startsWith('[')
            ? head.slice(1, -1).includes(c)
            : head === c);
    return one && slow(rest, t.slice(1));
  };
  test('a whole text', () => {
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(matches(p, t)).toBe(slow(p, t));
      }),
      runs(2000),
    );
  });
  test('${x#p} ${x##p} ${x%p} ${x%%p}', () => {
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const starts = Array.from({ length: t.length + 1 }, (_, n) => n).filter((n) => slow(p, t.slice(0, n)));
        const ends = Array.from({ length: t.length + 1 }, (_, n) => n).filter((n) => slow(p, t.slice(t.length - n)));
        expect(matchEdge(p, t, 'start', false, false)).toBe(starts.at(0) ?? -1);
        expect(matchEdge(p, t, 'start', true, false)).toBe(starts.at(-1) ?? -1);
        expect(matchEdge(p, t, 'end', false, false)).toBe(ends.at(0) ?? -1);
        expect(matchEdge(p, t, 'end', true, false)).toBe(ends.at(-1) ?? -1);
      }),
      runs(1000),
    );
  });
  test('${x/p/-} takes the leftmost longest piece', () => {
    fc.assert(
      fc.property(
        pattern.filter((p) => p !== ''),
        text.filter((t) => t !== ''),
        (p, t) => {
          let expected = t;
          for (let i = 0; i < t.length && expected === t; i++) {
            for (let n = t.length - i; n > 0; n--) {
              if (slow(p, t.slice(i, i + n))) {
                expected = `${t.slice(0, i)}-${t.slice(i + n)}`;
                break;
              }
            }
          }
          expect(replaceMatches(p, t, { all: false }, () => '-', false)).toBe(expected);
        },
      ),
      runs(1000),
    );
  });
});

test(`braces: as many words as the product of the alternatives (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom('a', 'b', ''), { minLength: 2, maxLength: 3 }), { maxLength: 3 }), (groups) => {
      const words = expandBraces(`x${groups.map((g) => `{${g.join(',')}}`).join('y')}`);
      expect(words.length).toBe(groups.reduce((n, g) => n * g.length, 1));
      expect(words[0]).toBe(`x${groups.map((g) => g[0]).join('y')}`);
    }),
    runs(200),
  );
});
