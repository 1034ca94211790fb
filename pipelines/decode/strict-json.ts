import type { RejectionReason } from '../../contracts/event.js';

/** Why a text is not strict JSON. */
export class JsonRefused extends Error {
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * JSON as RFC 8259 has it, and stricter: a key twice in an object, numbers that are not finite, integers beyond 2^53,
 * lone surrogates and keys that name a prototype are refused, never guessed at. Objects have no prototype.
 * @throws JsonRefused
 */
export function parseStrictJson(text: string, depth_max: number): unknown {
  const parser = new Parser(text, depth_max);
  return parser.whole();
}

class Parser {
  readonly #text: string;
  readonly #depth_max: number;
  #at = 0;

  constructor(text: string, depth_max: number) {
    this.#text = text;
    this.#depth_max = depth_max;
  }

  whole(): unknown {
    this.#space();
    const value = this.#value(0);
    this.#space();
    if (this.#at !== this.#text.length) throw this.#syntax('something follows the value');
    return value;
  }

  #value(depth: number): unknown {
    const next = this.#text[this.#at];
    if (next === '{' || next === '[') {
      if (depth >= this.#depth_max) throw new JsonRefused('json_depth', `deeper than ${this.#depth_max} levels`);
      return next === '{' ? this.#object(depth) : this.#array(depth);
    }
    if (next === '"') return this.#string();
    for (const [word, value] of [['true', true], ['false', false], ['null', null]] as const)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    return this.#number();
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null);
    this.#at++;
    this.#space();
    if (this.#take('}')) return object;
    for (;;) {
      if (this.#text[this.#at] !== '"') throw this.#syntax('a key is expected');
      const key = this.#string();
      if (Object.hasOwn(object, key)) throw new JsonRefused('duplicate_key', `key "${key.slice(0, 64)}" stands twice`);
      if (REFUSED_KEYS.has(key)) throw new JsonRefused('json_syntax', `key "${key}" is refused`);
      this.#space();
      if (!this.#take(':')) throw this.#syntax('":" is expected');
      this.#space();
      object[key] = this.#value(depth + 1);
      this.#space();
      if (this.#take('}')) return object;
      if (!this.#take(',')) throw this.#syntax('"," or "}" is expected');
      this.#space();
    }
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at++;
    this.#space();
    if (this.#take(']')) return array;
    for (;;) {
      array.push(this.#value(depth + 1));
      this.#space();
      if (this.#take(']')) return array;
      if (!this.#take(',')) throw this.#syntax('"," or "]" is expected');
      this.#space();
    }
  }

  #string(): string {
    let value = '';
    let from = ++this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code)) throw this.#syntax('a string has no end');
      if (code < 32) throw this.#syntax('a control character stands in a string');
      if (code === 34) break;
      if (code !== 92) {
        this.#at++;
        continue;
      }
      value += this.#text.slice(from, this.#at) + this.#escape();
      from = this.#at;
    }
    value += this.#text.slice(from, this.#at++);
    if (!value.isWellFormed()) throw this.#syntax('a string holds half of a surrogate pair');
    return value;
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#syntax('an escape is not four hexadecimal digits');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = ESCAPES[letter];
    if (plain === undefined) throw this.#syntax('an escape is unknown');
    this.#at += 2;
    return plain;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#syntax('a value is expected');
    this.#at = NUMBER.lastIndex;
    const value = Number(match[0]);
    if (!Number.isFinite(value)) throw new JsonRefused('number_out_of_range', `${match[0].slice(0, 32)} is not finite`);
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new JsonRefused('number_out_of_range', `${match[0].slice(0, 32)} is beyond 2^53`);
    return Object.is(value, -0) ? 0 : value;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return;
      this.#at++;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #syntax(message: string): JsonRefused {
    return new JsonRefused('json_syntax', `${message} at character ${this.#at + 1}`);
  }
}
