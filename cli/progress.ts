import cliProgress from 'cli-progress';
import type { PipelineProgress } from '../pipelines/pipeline.js';
import { countText, localText } from './present/figures.js';
import type { Terminal } from './terminal.js';

/** How a run is getting on: a bar on a terminal, else a plain line every few seconds. */
export interface ProgressView {
  update(progress: PipelineProgress): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly time_zone: string;
  /** Span of event time that the run covers, where it is known. */
  readonly span?: { readonly from_us: number; readonly until_us: number };
}

const LINE_SECONDS = 5;

export function progressView(terminal: Terminal, options: ProgressOptions): ProgressView {
  return terminal.has_bar ? barView(options) : lineView(terminal, options);
}

function barView(options: ProgressOptions): ProgressView {
  const { span } = options;
  const text = '{events} events, up to {reached}, {found}';
  const bar = new cliProgress.SingleBar({
    format: span === undefined ? `  ${text}` : `  {bar} {percentage} % | ${text}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    fps: 5,
    stream: process.stderr,
  });
  bar.start(1000, 0, { events: '0', reached: 'the start', found: '' });
  return {
    update: (progress) => bar.update(Math.round(1000 * shareDone(progress, options)), payload(progress, options)),
    stop: () => bar.stop(),
  };
}

function lineView(terminal: Terminal, options: ProgressOptions): ProgressView {
  let said_ms = performance.now();
  return {
    update(progress) {
      if (performance.now() - said_ms < LINE_SECONDS * 1000) return;
      said_ms = performance.now();
      const { events, reached, found } = payload(progress, options);
      const share = options.span === undefined ? '' : `${Math.floor(100 * shareDone(progress, options))} %, `;
      terminal.say(`  ${share}${events} events, up to ${reached}, ${found}`);
    },
    stop() {},
  };
}

function payload(progress: PipelineProgress, { time_zone }: ProgressOptions) {
  const { events, watermark_us, open_episodes, directives } = progress;
  return {
    events: countText(events.received),
    reached: watermark_us === null ? 'the start' : localText(new Date(watermark_us / 1000).toISOString(), time_zone),
    found: `${open_episodes} episodes open, ${directives} directives`,
  };
}

function shareDone({ watermark_us }: PipelineProgress, { span }: ProgressOptions): number {
  if (span === undefined || watermark_us === null) return 0;
  return Math.min(1, Math.max(0, (watermark_us - span.from_us) / (span.until_us - span.from_us)));
}
