import { comparisons } from '../../detectors/comparisons/index.js';
import { detectors } from '../../detectors/index.js';
import { componentText, optionTable } from './components.js';
import { codes, fileLink, page, table } from './markdown.js';

export function detectorsPage(): string {
  const all = Object.values(detectors);
  const compared = Object.values(comparisons);
  return page(
    'Detectors',
    'A detector is a pure function of its state and a detection window. `detect.detector` names the one for signals, `detect.by_signal` another one for single signals, ' +
      '`detect.relationship_detector` the one for relationships (`detect.association_detector` for those within calls, ' +
      '`detect.mix_detector` for mixes); their options stand beside, as `detect.options` and so on. How they are used: [detection](../detection.md).',
    table(
      ['detector', 'what it looks for', 'kinds'],
      all.map(({ name, summary, kinds }) => [`[${name}](#${name})`, summary, codes(kinds)]),
    ),
    ...all.flatMap(({ name, config }) => [
      `## ${name}`,
      fileLink(`detectors/${name}.ts`),
      componentText(`detectors/${name}.ts`, name),
      '### Options',
      optionTable(config),
    ]),
    '# Comparisons',
    'A comparison looks once at two bodies of data: two periods, two segments. `plumbline compare` runs those that fit a ' +
      'signal. Each gives a statistic, the chance of one as large between sides that are alike, and how large the ' +
      'difference is whatever the sizes.',
    table(
      ['comparison', 'what it compares'],
      compared.map(({ name, summary }) => [`[${name}](#${name})`, summary]),
    ),
    ...compared.flatMap(({ name }) => [
      `## ${name}`,
      fileLink(`detectors/comparisons/${name}.ts`),
      componentText(`detectors/comparisons/${name}.ts`, name),
    ]),
  );
}
