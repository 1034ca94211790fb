/** The style of the report: light, readable on a screen and on paper. */
export const STYLE = `
:root { color-scheme: light; --ink: #1c2730; --soft: #5f6b76; --line: #dfe4e8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 28px 24px 60px; color: var(--ink); background: #fff;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 32px 0 8px; }
header p, .note, small { color: var(--soft); }
p { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 2px solid var(--line); padding: 5px 10px 5px 0; vertical-align: bottom; }
td { border-bottom: 1px solid var(--line); padding: 5px 10px 5px 0; vertical-align: top; }
.w { overflow-wrap: anywhere; }
.t, code { white-space: nowrap; }
.n { text-align: right; white-space: nowrap; }
code { font: 12px/1.4 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
a { color: #14508c; text-decoration-thickness: 1px; text-underline-offset: 2px; }
.figures { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 18px; margin: 18px 0 0; padding: 12px 16px; background: #f5f7f9; border-radius: 8px; }
.figures em { flex-basis: 100%; border-top: 1px solid var(--line); margin: 4px 0; }
.figures i { font-style: normal; color: var(--soft); font-size: 18px; }
.figure b { display: block; font-size: 18px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure span { color: var(--soft); font-size: 12px; }
.minor, .major, .critical, .good { font-size: 12px; font-weight: 600; padding: 1px 7px; border-radius: 9px; white-space: nowrap; }
.minor { background: #fdf1d8; color: #7a4c00; }
.major { background: #fde3d3; color: #8a3200; }
.critical { background: #fbdcda; color: #8c1d18; }
.good { background: #d9f0e0; color: #10572a; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(540px, 100%), 1fr)); gap: 14px 22px; }
figure { margin: 0; padding: 10px 12px 4px; border: 1px solid var(--line); border-radius: 8px; break-inside: avoid; }
figcaption small { display: block; }
figure svg { display: block; width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 6px 0 10px; color: var(--soft); }
.legend i { display: inline-block; width: 16px; height: 9px; border-radius: 2px; margin-right: 6px; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } h2 { break-after: avoid; } tr, figure { break-inside: avoid; }
  .charts { grid-template-columns: 1fr 1fr; } a { color: inherit; text-decoration: none; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
