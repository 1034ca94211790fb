import fc from 'fast-check';
import { DIMENSIONS, EVENT_DATA, EVENT_TYPES, type EventType } from '../../../contracts/event.js';
import { FIELD_INDEX, FIELD_OF_TYPE, FIELDS, type Field } from '../../../pipelines/decode/fields.js';

// Lines that are events of the contract, nearly so, or not at all: as text, to repeat keys and spell values in any way.

const plainText = fc.string({
  unit: fc.constantFrom(...'abcXYZ019 .,-_/:+~!'),
  minLength: 1,
  maxLength: 12,
  size: 'max',
});
const wideText = fc.string({
  unit: fc.constantFrom(
    'a',
    '"',
    '\\',
    '/',
    '\n',
    '\u0000',
    '\u007f',
    '\u0080',
    'é',
    'ß',
    '\u2028',
    '‮',
    '中',
    '\ufeff',
    '👩‍👧',
    '\ud83d\ude00',
  ),
  maxLength: 8,
});
const longText = fc
  .tuple(
    fc.constantFrom('a', 'é', '中', '😀'),
    fc.constantFrom(41, 42, 43, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025),
  )
  .map(([unit, count]) => unit.repeat(count));
const text = fc.oneof(
  { weight: 6, arbitrary: plainText },
  { weight: 2, arbitrary: wideText },
  { weight: 1, arbitrary: longText },
);

/** A string as JSON text: as short as may be, or with escapes that need not be there. */
const spelled = (value: fc.Arbitrary<string>) =>
  fc.tuple(value, fc.integer({ min: 0, max: 11 })).map(([content, style]) => {
    if (style === 0) return `"${[...content].map(escaped).join('')}"`;
    if (style === 1) return JSON.stringify(content).replaceAll('/', '\\/');
    return JSON.stringify(content);
  });

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}

export const ODD_VALUES = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '""',
  '"x"',
  '{}',
  '[]',
  '[1]',
  '{"a":1}',
  'NaN',
  'undefined',
  '',
  "'x'",
  '"\\ud800"',
  '"\\x"',
  '01',
  '1e400',
  '-',
];
const oddValue = fc.constantFrom(...ODD_VALUES);

/** Numbers as nobody writes them, or beyond what can be told apart. */
export const ODD_INTEGERS = [
  '1e2',
  '1E+2',
  '2e0',
  '1.0',
  '-0',
  '0.5',
  '00',
  '007',
  '+1',
  '1.',
  '.5',
  '12 3',
  '"12"',
  '999999999999999',
  '1000000000000000',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740991',
  '-5',
];
export const ODD_SHARES = [
  '0',
  '1',
  '1.0',
  '1.000000',
  '1.0000001',
  '0.9999995',
  '0.0000005',
  '0.0000015',
  '0.1234565',
  '0.12345649999',
  '1e-3',
  '1E0',
  '-0',
  '-0.0',
  'nul',
  'nulll',
  '2',
  '1.1',
  '-0.1',
  '0.',
  '"0.5"',
];

const whole = (min: number, max: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min, max }).map(String) },
    { weight: 2, arbitrary: fc.constantFrom(min - 1, min, max, max + 1).map(String) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 999 }).map((value) => `${value}.0`) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_INTEGERS) },
  );
const shares = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 1_000_000 }).map((ppm) => String(ppm / 1_000_000)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('0', '1'),
        fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 9, size: 'max' }),
      )
      .map(([head, tail]) => `${head}.${tail}`),
  },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_SHARES, 'null') },
);
const two = (min: number, max: number) => fc.integer({ min, max }).map((value) => String(value).padStart(2, '0'));
const instants = fc
  .tuple(
    fc.constantFrom('2025', '2024', '2000', '1999', '1900', '2099', '2100', '0001', '9999'),
    two(0, 13),
    two(0, 32),
    two(0, 24),
    two(0, 60),
    two(0, 60),
    fc.oneof(
      fc.constant(''),
      fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 10, size: 'max' }).map((digits) => `.${digits}`),
    ),
    fc.constantFrom(
      'Z',
      'Z',
      'z',
      '+00:00',
      '-00:00',
      '+05:30',
      '-11:59',
      '+23:59',
      '+24:00',
      '+5:30',
      '+0530',
      '',
      ' Z',
    ),
    fc.constantFrom('T', 'T', 'T', 't', ' '),
  )
  .map(
    ([year, month, day, hour, minute, second, fraction, zone, separator]) =>
      `${year}-${month}-${day}${separator}${hour}:${minute}:${second}${fraction}${zone}`,
  );
export const likelyInstant = fc
  .tuple(
    fc.integer({ min: 946_800_000_000, max: 4_102_300_000_000 }),
    fc.constantFrom('Z', '+02:00', '-09:30', 'z'),
    fc.constantFrom(0, 3, 6, 9),
  )
  .map(
    ([ms, zone, digits]) =>
      new Date(ms).toISOString().slice(0, 19) +
      (digits === 0 ? '' : `.${String(ms).padEnd(9, '7').slice(-digits)}`) +
      zone,
  );
const phones = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 1, max: 9 }),
        fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 4, maxLength: 14, size: 'max' }),
      )
      .map(([head, tail]) => `+${head}${tail}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '+1234',
      '+12345',
      '+123456789012345',
      '+1234567890123456',
      '+0123456',
      '12345678',
      '+1 555',
      '+١٢٣٤٥٦',
    ),
  },
);

/** Mostly what is right; now and then what is not, or is spelled in another way. */
const mostly = (right: fc.Arbitrary<string>, wild: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 24, arbitrary: right }, { weight: 1, arbitrary: fc.oneof(wild, oddValue) });
const quoted = (value: fc.Arbitrary<string>) => value.map((content) => JSON.stringify(content));
const anyText = mostly(quoted(plainText), spelled(text));

/** Text of a value that a field may take, or nearly. */
function fieldText(field: Field): fc.Arbitrary<string> {
  switch (field.kind) {
    case 'integer':
      return mostly(
        fc.integer({ min: Math.max(field.min, -99_999_999), max: Math.min(field.max, 999_999_999) }).map(String),
        whole(field.min, field.max),
      );
    case 'share':
      return fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 0, max: 1_000_000 }).map((ppm) => String(ppm / 1_000_000)) },
        { weight: 1, arbitrary: shares },
      );
    case 'boolean':
      return mostly(fc.constantFrom('true', 'false'), fc.constantFrom('TRUE', 'tru', '1', '"true"'));
    case 'closed':
    case 'open':
      return mostly(
        quoted(fc.constantFrom(...field.values)),
        spelled(fc.oneof(text, fc.constantFrom(...field.values))),
      );
    case 'instant':
      return mostly(quoted(likelyInstant), spelled(instants));
    case 'phone':
      return mostly(
        quoted(fc.integer({ min: 1, max: 99_999_999 }).map((digits) => `+49300${digits}`)),
        spelled(phones),
      );
    case 'currency':
      return mostly(fc.constantFrom('"EUR"', '"USD"'), spelled(fc.constantFrom('eur', 'EU', 'EURO', '€UR', '', 'CHF')));
    case 'raw':
      return fc.oneof(anyText, whole(-5, 5), fc.constantFrom('true', '0.25', '{}'));
    case 'reason':
      return fc.oneof(
        { weight: 8, arbitrary: anyText },
        { weight: 1, arbitrary: spelled(phones.map((phone) => `busy ${phone}`)) },
      );
    case 'id':
      return fc.oneof({ weight: 2, arbitrary: anyText }, { weight: 1, arbitrary: fc.constant('"c-1"') });
    default:
      return anyText;
  }
}

const space = fc.oneof(
  { weight: 60, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(' ', '\t', '\r', '  ', ' \r\t', '\u00a0') },
);
type Entry = readonly [string, string];

/** An object as text, from entries of key text and value text. */
const objectText = (entries: fc.Arbitrary<readonly Entry[]>) =>
  fc.tuple(entries, fc.infiniteStream(space), fc.integer({ min: 0, max: 60 })).map(([list, spaces, oddity]) => {
    const gap = () => spaces.next().value as string;
    const parts = list.map(([key, value]) => `${gap()}${key}${gap()}:${gap()}${value}${gap()}`);
    const comma = oddity === 0 ? ',,' : ',';
    return `{${parts.join(comma)}${list.length === 0 ? gap() : ''}${oddity === 1 ? ',' : ''}}`;
  });

const shuffled = (entries: readonly Entry[]) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(entries) },
    { weight: 1, arbitrary: fc.shuffledSubarray([...entries], { minLength: entries.length }) },
  );

function dataEntries(type: EventType): fc.Arbitrary<readonly Entry[]> {
  const uses = FIELD_OF_TYPE[EVENT_TYPES.indexOf(type)]!;
  const names = Object.keys(EVENT_DATA[type].shape).filter(
    (name) => !DIMENSIONS.includes(name as never) || uses[FIELD_INDEX.get(name)!] === 2,
  );
  const entry = (name: string): fc.Arbitrary<readonly Entry[]> => {
    const isRequired = uses[FIELD_INDEX.get(name)!] === 2;
    const value = fieldText(FIELDS[FIELD_INDEX.get(name)!]!);
    const present = value.map((content): readonly Entry[] => [[`"${name}"`, content]]);
    return fc.oneof(
      { weight: isRequired ? 40 : 3, arbitrary: present },
      { weight: isRequired ? 1 : 3, arbitrary: fc.constant([]) },
    );
  };
  const strangers = fc.oneof(
    { weight: 8, arbitrary: fc.constant<readonly Entry[]>([]) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            ...DIMENSIONS,
            'callee',
            'text',
            'call_id',
            'account_id',
            'turn_id',
            'mood',
            '__proto__',
            'toString',
            '',
          ),
          fc.oneof(oddValue, spelled(text), spelled(phones)),
        )
        .map(([name, content]): readonly Entry[] => [[`"${name}"`, content]]),
    },
  );
  const dimensions = fc
    .tuple(fc.subarray([...DIMENSIONS], { maxLength: 3 }), fc.infiniteStream(anyText))
    .map(([chosen, values]): readonly Entry[] =>
      chosen.filter((name) => !names.includes(name)).map((name) => [`"${name}"`, values.next().value as string]),
    );
  return fc
    .tuple(fc.tuple(...names.map(entry)), dimensions, strangers)
    .chain(([fields, chosen, strange]) => shuffled([...fields.flat(), ...chosen, ...strange]));
}

function envelopeEntries(type: EventType): fc.Arbitrary<readonly Entry[]> {
  const key = (name: string) =>
    fc.oneof(
      { weight: 300, arbitrary: fc.constant(`"${name}"`) },
      { weight: 1, arbitrary: fc.constant(`"${escaped(name[0]!)}${name.slice(1)}"`) },
    );
  const attribute = (name: string, value: fc.Arbitrary<string>, present = 199): fc.Arbitrary<readonly Entry[]> =>
    fc
      .tuple(
        key(name),
        fc.oneof({ weight: 200, arbitrary: value }, { weight: 1, arbitrary: oddValue }),
        fc.integer({ min: 0, max: 199 }),
      )
      .map(([name_text, content, chance]): readonly Entry[] => (chance < present ? [[name_text, content]] : []));
  return fc
    .tuple(
      attribute('specversion', mostly(fc.constant('"1.0"'), fc.constantFrom('"0.3"', '1.0', '"1.00"'))),
      attribute('id', anyText),
      attribute('source', anyText),
      attribute('type', mostly(fc.constant(`"${type}"`), spelled(fc.oneof(text, fc.constant(type))))),
      attribute('time', mostly(quoted(likelyInstant), spelled(instants))),
      attribute('data', objectText(dataEntries(type))),
      attribute(
        'subject',
        fc.oneof({ weight: 1, arbitrary: spelled(text) }, { weight: 6, arbitrary: fc.constant('"c-1"') }),
        20,
      ),
      attribute('datacontenttype', fc.oneof(quoted(fc.constantFrom('application/json', '')), spelled(text)), 16),
      attribute('dataschema', spelled(text), 2),
      attribute('partitionkey', spelled(text), 2),
      attribute('traceparent', spelled(text), 2),
      attribute('callee', spelled(phones), 2),
    )
    .chain((attributes) => shuffled(attributes.flat()));
}

/** One line, without its LF. */
export const eventLine: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...EVENT_TYPES).chain((type) => objectText(envelopeEntries(type))),
    space,
    space,
    fc.integer({ min: 0, max: 120 }),
    fc.nat(),
  )
  .map(([line, before, after, oddity, place]) => {
    const whole_line = `${before}${line}${after}`;
    if (oddity === 0) return whole_line.slice(0, place % (whole_line.length + 1));
    if (oddity === 1) return `${whole_line}x`;
    if (oddity === 2) return `\ufeff${whole_line}`;
    return whole_line;
  });

const plainId = fc.string({
  unit: fc.constantFrom(...'abcdef0123456789-_.:'),
  minLength: 1,
  maxLength: 24,
  size: 'max',
});

/** An event that a well-behaved sender would send: every field right, JSON without escapes. */
export const plainEvent: fc.Arbitrary<Record<string, unknown>> = fc.constantFrom(...EVENT_TYPES).chain((type) => {
  const uses = FIELD_OF_TYPE[EVENT_TYPES.indexOf(type)]!;
  const fields = FIELDS.filter((field, index) => uses[index] !== 0 && field.kind !== 'raw');
  const entries = fields.map((field) => plainValue(field).map((value): [string, unknown] => [field.name, value]));
  return fc.record({
    specversion: fc.constant('1.0'),
    id: plainId,
    source: plainId,
    type: fc.constant(type),
    time: likelyInstant,
    data: fc.tuple(fc.tuple(...entries), fc.infiniteStream(fc.boolean())).map(([values, coins]) => {
      const data = Object.fromEntries(
        values.filter(
          ([name]) => uses[FIELD_INDEX.get(name)!] === 2 || name === 'call_id' || (coins.next().value as boolean),
        ),
      );
      if (Date.parse(data.ended_at as string) <= Date.parse(data.started_at as string)) data.ended_at = data.started_at;
      const isTimed = 'talk_ms' in data && 'duration_ms' in data;
      return isTimed ? { ...data, talk_ms: Math.min(Number(data.talk_ms), Number(data.duration_ms)) } : data;
    }),
  });
});

function plainValue(field: Field): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'integer':
      return fc.integer({ min: Math.max(field.min, -99_999_999), max: Math.min(field.max, 99_999_999) });
    case 'share':
      return fc.oneof(
        fc.integer({ min: 0, max: 10_000 }).map((value) => value / 10_000),
        fc.constant(null),
      );
    case 'boolean':
      return fc.boolean();
    case 'closed':
    case 'open':
      return fc.constantFrom(...field.values);
    case 'instant':
      return likelyInstant;
    case 'phone':
      return fc.integer({ min: 10_000_000, max: 99_999_999 }).map((digits) => `+4930${digits}`);
    case 'reason': // without digits that could be a telephone number
    case 'currency':
      return fc.constantFrom('EUR', 'USD');
    case 'text':
      return fc.string({ unit: fc.constantFrom('a', 'é', '中', '😀', ' ', '.', "'"), maxLength: 40, size: 'max' });
    default:
      return plainId;
  }
}
