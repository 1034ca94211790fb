import type { RejectionReason } from '../../contracts/event.js';

/**
 * Why a text is not strict JSON. The message says what and where, and repeats nothing of the text. No `Error`: the stack that
 * one takes with it costs more than reading the line.
 */
export class JsonRefused {
  readonly reason: RejectionReason;
  readonly message: string;

  constructor(reason: RejectionReason, message: string) {
    this.reason = reason;
    this.message = message;
  }
}

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A run of characters that stand for themselves in a string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not stand in a string
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * JSON as RFC 8259 has it, and stricter: a key twice in an object, numbers that are not finite, integers beyond 2^53,
 * lone surrogates and keys that name a prototype are refused, never guessed at. Objects have no prototype. What is
 * beyond a limit is refused as soon as it is reached.
 * @throws JsonRefused
 */
export function parseStrictJson(text: string, limits: JsonLimits): unknown {
  return new Parser(text, limits).whole();
}

export interface JsonLimits {
  /** Nested objects and arrays; bounds the stack. */
  readonly depth_max: number;
  /** Keys of all objects together. */
  readonly keys_max: number;
  /** Characters of one string, as UTF-16 counts them. */
  readonly string_length_max: number;
}

class Parser {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #keys = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
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
    switch (next) {
      case '"':
        return this.#string();
      case '{':
      case '[':
        if (depth >= this.#limits.depth_max)
          throw new JsonRefused('json_depth', `deeper than ${this.#limits.depth_max} levels`);
        return next === '{' ? this.#object(depth) : this.#array(depth);
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#syntax('a value is expected');
    this.#at += word.length;
    return value;
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null);
    this.#at++;
    this.#space();
    if (this.#take('}')) return object;
    for (;;) {
      if (this.#text[this.#at] !== '"') throw this.#syntax('a key is expected');
      if (++this.#keys > this.#limits.keys_max)
        throw new JsonRefused('json_keys', `more than ${this.#limits.keys_max} keys`);
      const key = this.#string();
      if (Object.hasOwn(object, key)) throw this.#refused('duplicate_key', 'a key stands twice, before');
      if (REFUSED_KEYS.has(key)) throw this.#syntax(`the key "${key}" is refused, before`);
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
    this.#at++;
    for (;;) {
      PLAIN.lastIndex = this.#at;
      PLAIN.test(this.#text);
      value += this.#text.slice(this.#at, PLAIN.lastIndex);
      this.#at = PLAIN.lastIndex;
      if (value.length > this.#limits.string_length_max)
        throw this.#refused(
          'json_string',
          `a string has more than ${this.#limits.string_length_max} characters, before`,
        );
      const code = this.#text.charCodeAt(this.#at);
      if (code === 34) break;
      if (code === 92) value += this.#escape();
      else throw this.#syntax(Number.isNaN(code) ? 'a string has no end' : 'a control character stands in a string');
    }
    this.#at++;
    if (!value.isWellFormed()) throw this.#syntax('half of a surrogate pair stands in a string, before');
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
    if (!NUMBER.test(this.#text)) throw this.#syntax('a value is expected');
    const value = Number(this.#text.slice(this.#at, NUMBER.lastIndex));
    this.#at = NUMBER.lastIndex;
    if (!Number.isFinite(value)) throw this.#refused('number_out_of_range', 'a number is not finite, before');
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw this.#refused('number_out_of_range', 'an integer is beyond 2^53, before');
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
    return this.#refused('json_syntax', message);
  }

  #refused(reason: RejectionReason, message: string): JsonRefused {
    return new JsonRefused(reason, `${message} at character ${this.#at + 1}`);
  }
}
