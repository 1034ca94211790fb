/**
 * Which room of the house may import which. Every rule's comment says what to do instead.
 *
 * It needs a TypeScript that dependency-cruiser knows (below 7): with a newer one it scans no .ts file and finds
 * nothing. `test/house/import-rules.test.ts` plants forbidden imports and fails when they are not found.
 */

/** Every room, so that a rule can name the ones that are allowed and forbid the rest. */
const ROOMS = '^(contracts|sources|detectors|sinks|pipelines|serving|cli|control|console|bench|test)/';
const PRODUCT = '^(contracts|sources|detectors|sinks|pipelines|serving|cli|control|console|bench)/';

/** What a process starts from: the scripts of `package.json`, and worker processes, which are started by path. */
const { bin, scripts } = require('./package.json');
const STARTED = JSON.stringify([bin, scripts]).matchAll(/\bdist\/([\w/-]+)\.js/g);
const ENTRY_POINTS = `^(${[...new Set([...STARTED].map(([, path]) => path)), 'bench/.+-process', 'pipelines/.+-worker'].join('|')})\\.ts$`;

/** A room may import the rooms named, and nothing else of ours. */
function room(name, allowed, instead) {
  return {
    name: `${name}-imports-${allowed.length === 0 ? 'nothing-of-ours' : `only-${allowed.join('-')}`}`,
    severity: 'error',
    comment: instead,
    from: { path: `^${name}/` },
    to: { path: ROOMS, pathNot: `^(${[name, ...allowed].join('|')})/` },
  };
}

/** A plugin is `<room>/<name>.ts` with an optional folder of the same name; only the registry knows more than one. */
function apart(name, shared) {
  return {
    name: `${name}-do-not-import-each-other`,
    severity: 'error',
    comment:
      `A plugin never imports another plugin, nor the registry. Move what both need to ` +
      `${shared === null ? '`contracts/`' : `\`${name}/${shared}/\``}, or write it in each.`,
    from: { path: `^${name}/([^/.]+)`, pathNot: `^${name}/(index\\.ts$|${shared ?? '\\0'}/)` },
    to: { path: `^${name}/`, pathNot: [`^${name}/$1(/|\\.ts$)`, ...(shared === null ? [] : [`^${name}/${shared}/`])] },
  };
}

/** A package that only some files know. */
function onlyIn(packages, files, name, instead) {
  return {
    name,
    severity: 'error',
    comment: instead,
    from: { path: PRODUCT, pathNot: files },
    to: { path: `(^|/)node_modules/(${packages})(/|$)|^(${packages})(/|$)` },
  };
}

module.exports = {
  forbidden: [
    room(
      'contracts',
      [],
      'The words know nobody. Move the code to the room that needs it; keep only types and schemas.',
    ),
    room(
      'sources',
      ['contracts'],
      'A source knows the contracts alone. Take what it needs by parameter or SourceContext.',
    ),
    room(
      'detectors',
      ['contracts'],
      'A detector knows the contracts and `detectors/stats`. Hand it what it needs by window, traits or options.',
    ),
    room('sinks', ['contracts'], 'A sink knows the contracts alone. Take what it needs by parameter or SinkContext.'),
    room('control', ['contracts'], 'The gate knows the contracts alone: it must run without the rest.'),
    room('console', ['contracts'], 'The console knows the contracts alone, and asks a running instance for the rest.'),
    room(
      'pipelines',
      ['contracts', 'sources', 'detectors', 'sinks'],
      'The stages know nothing of who asks. Give them a callback or an option instead.',
    ),
    room(
      'serving',
      ['contracts', 'pipelines'],
      'Serving asks the pipeline. Move the code to `pipelines/`, or take it by parameter.',
    ),
    {
      name: 'cli-imports-only-contracts-pipelines-serving',
      severity: 'error',
      comment:
        'The command line is thin. Move the code to `pipelines/`. Of the plugins it knows the registries, and the ' +
        'simulator, which `simulate` runs by itself.',
      from: { path: '^cli/' },
      to: {
        path: ROOMS,
        pathNot: [
          '^(cli|contracts|pipelines|serving)/',
          '^(sources|detectors|detectors/comparisons|sinks)/index\\.ts$',
          '^sources/simulate\\.ts$',
        ],
      },
    },
    {
      name: 'bench-does-not-import-test',
      severity: 'error',
      comment: 'Benchmarks measure the product. What a test and a benchmark both need belongs in `bench/`.',
      from: { path: '^bench/' },
      to: { path: '^test/' },
    },
    apart('sources', null),
    apart('sinks', null),
    apart('detectors', 'stats'),
    {
      name: 'comparisons-do-not-import-each-other',
      severity: 'error',
      comment: 'A comparison never imports another, nor their registry. Move what both need to `detectors/stats/`.',
      from: { path: '^detectors/comparisons/([^/.]+)', pathNot: '^detectors/comparisons/index\\.ts$' },
      to: { path: '^detectors/', pathNot: ['^detectors/stats/', '^detectors/comparisons/$1\\.ts$'] },
    },
    {
      name: 'detectors-stats-are-below-detectors',
      severity: 'error',
      comment: 'A numeric idea knows no detector. Move the shared part into `detectors/stats/`.',
      from: { path: '^detectors/stats/' },
      to: { path: '^detectors/', pathNot: '^detectors/stats/' },
    },
    {
      name: 'detectors-have-no-input-or-output',
      severity: 'error',
      comment: 'Detectors are pure: no clock, randomness or I/O, so nothing of Node. Take what is needed by parameter.',
      from: { path: '^detectors/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'contracts-have-no-input-or-output',
      severity: 'error',
      comment: 'The words do no I/O. Move the code to the room that needs it.',
      from: { path: '^contracts/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'policy-has-no-input-or-output',
      severity: 'error',
      comment: 'The policy is pure; of Node it may use `crypto`, for digests. Do the I/O in the applier.',
      from: { path: '^pipelines/policy/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'policy-does-not-know-the-store',
      severity: 'error',
      comment: 'Policy and detection decide on what they are handed. Read the store in the applier and pass rows in.',
      from: { path: '^(pipelines/policy/|detectors/)' },
      to: { path: '^pipelines/(store|records|land|pipeline|applier)\\.ts$' },
    },
    onlyIn(
      '@duckdb',
      '^pipelines/store\\.ts$',
      'only-the-store-imports-duckdb',
      'Put the statement into `sql/` and run it through `Store`; extend `pipelines/store.ts` when that is not enough.',
    ),
    onlyIn(
      'kafkajs',
      '^(sources|sinks)/kafka(/|\\.ts$)',
      'only-the-kafka-plugins-import-kafkajs',
      'Go through the Source and Sink interfaces; only `sources/kafka` and `sinks/kafka` know the client.',
    ),
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      comment: 'What runs for users must not need the tests, nor the benchmarks. Move the shared part out of them.',
      from: { path: PRODUCT, pathNot: '^bench/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'product-uses-no-development-packages',
      severity: 'error',
      comment: 'This package is not installed for users. Move it to `dependencies`, or do without.',
      from: { path: PRODUCT },
      to: { dependencyTypes: ['npm-dev'], pathNot: '(^|/)node_modules/@types/' },
    },
    {
      name: 'packages-are-declared',
      severity: 'error',
      comment: 'Add the package to `package.json`: what another package happens to bring may vanish.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      comment: 'Nothing is found under this name. Imports of ours end in `.js` and name the file exactly.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or need a third that both import.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Nobody imports this file, and it imports nobody. Use it or delete it.',
      from: { orphan: true, pathNot: [ENTRY_POINTS, '^test/.*\\.test\\.ts$'] },
      to: {},
    },
    {
      name: 'no-dead-files',
      severity: 'error',
      comment: 'No command and no benchmark comes to this file; at the most a test does. Use it or delete it.',
      from: { path: ENTRY_POINTS },
      to: { path: PRODUCT, pathNot: ENTRY_POINTS, reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
