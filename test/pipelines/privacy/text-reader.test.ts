import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TextReader } from '../../../pipelines/privacy/text-reader.js';
import { dataDir } from '../land/opened-landing.js';

const COMMITMENT = 1;
const OBJECTION = 2;
const OPT_OUT = 4;

const withPhrases = (content: string) => new TextReader(content, 'phrases.yaml');

describe('the text reader', () => {
  test.each([
    ['Yes, I will.', COMMITMENT],
    ['I WILL do that', COMMITMENT],
    ['I’ll be there', COMMITMENT],
    ["i'll be there", COMMITMENT],
    ['let me\n  book  it', COMMITMENT],
    ['Hawaii will be nice', 0],
    ['I willingly listen', 0],
    ['élan: I will', COMMITMENT],
    ['I am not interested, stop calling me', OBJECTION | OPT_OUT],
    ['I will call, but it is too expensive; unsubscribe', COMMITMENT | OBJECTION | OPT_OUT],
    ['(not interested)', OBJECTION],
    ['', 0],
    ['hello', 0],
  ])('reads "%s" as %d', (text, marks) => {
    expect(TextReader.open(undefined).marks(text)).toBe(marks);
  });

  test('takes a list of its own, where * stands for letters and everything else for itself', () => {
    const reader = withPhrases('commitment: ["wir werd*", "c’est d’accord", "100% (ja)"]\nopt_out: ["stop."]');
    expect(reader.marks('Wir werden sehen')).toBe(COMMITMENT);
    expect(reader.marks('wir werd')).toBe(COMMITMENT);
    expect(reader.marks("c'est d'accord")).toBe(COMMITMENT);
    expect(reader.marks('also 100% (ja)')).toBe(COMMITMENT);
    expect(reader.marks('stop!')).toBe(0);
    expect(reader.marks('stop.')).toBe(OPT_OUT);
    expect(reader.marks('not interested')).toBe(0);
  });

  test('has a version that follows the content of its list', () => {
    const version = (content: string) => withPhrases(content).version;
    expect(version('commitment: ["yes"]')).toBe(version('commitment: ["yes"]'));
    expect(version('commitment: ["yes"]')).not.toBe(version('commitment: ["yes", "si"]'));
    expect(TextReader.open(undefined).version).toMatch(/^phrases-[0-9a-f]{8}$/);
  });

  test('reads the file that it is given', () => {
    const file = join(dataDir(), 'phrases.yaml');
    writeFileSync(file, 'objection: ["nö"]\n');
    expect(TextReader.open(file).marks('Nö.')).toBe(OBJECTION);
  });

  test.each([
    ['an unknown mark', 'promise: ["yes"]'],
    ['a phrase of one letter', 'commitment: ["y"]'],
    ['a phrase of white space', 'commitment: ["   "]'],
    ['no list', 'commitment: yes'],
    ['no YAML', 'commitment: ["'],
  ])('refuses %s', (_, content) => {
    const file = join(dataDir(), 'phrases.yaml');
    writeFileSync(file, content);
    expect(() => TextReader.open(file)).toThrow(expect.objectContaining({ code: 'CONFIG_FIELD_INVALID' }));
  });

  test('names a file that is not there', () => {
    expect(() => TextReader.open('/nowhere/phrases.yaml')).toThrow(/\/nowhere\/phrases\.yaml/);
  });

  test('takes a long text in its stride', () => {
    const reader = withPhrases('commitment: ["a* b* c* d*"]');
    const from = process.cpuUsage().user;
    reader.marks('ab '.repeat(5_000));
    expect(process.cpuUsage().user - from).toBeLessThan(2_000_000);
  });
});
