import { readNabSeries, readNabWindows } from '../pipelines/evaluate/series/nab-folder.js';
import { runOnFolder } from './real-series/data-folder.js';
import { detectAll, scoreAll } from './real-series/nab-evaluation.js';
import { nabLines } from './real-series/nab-lines.js';
import { readPublishedScores } from './real-series/published-scores.js';
import { readRiverResults } from './real-series/river-results.js';

/**
 * Our detectors on the series of the Numenta Anomaly Benchmark, by its scoring rule, beside published ones and River's.
 * One setting for all series. Labels are read when every detector has said all it has to say.
 */
runOnFolder(
  { name: 'evaluate:nab', summary: 'detectors on the labelled series of NAB', folder: 'numenta-nab' },
  (folder) => {
    const series = readNabSeries(folder);
    const detections = detectAll(series);
    const windows = readNabWindows(folder, series);
    const result = scoreAll(series, windows, detections, {
      published: readPublishedScores(folder),
      river: readRiverResults().nab,
    });
    const count = windows.reduce((sum, one) => sum + one.length, 0);
    return { result, lines: nabLines(result, series.length, count) };
  },
);
