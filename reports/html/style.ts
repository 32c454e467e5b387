// The style sheet of the page: dark and light after the reader's choice, one column on a phone, plain on paper.
export const pageStyle = `
:root {
  color-scheme: light dark;
  --back: #fbfaf8; --panel: #ffffff; --text: #22252a; --muted: #6a7079; --line: #e3e1dc; --accent: #e8590c;
  --good: #2b8a3e; --bad: #c92a2a; --shade: #f3f1ed;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root { --back: #15171a; --panel: #1d2024; --text: #e7e5e1; --muted: #9aa0a8; --line: #33373d; --accent: #ff8a4c;
    --good: #69c37b; --bad: #ff8787; --shade: #262a2f; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); }
main { max-width: 1160px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.02em; }
h2 { font-size: 1.3rem; margin: 52px 0 4px; letter-spacing: -0.01em; }
h3 { font-size: 1.05rem; margin: 28px 0 6px; }
p { margin: 6px 0 12px; max-width: 78ch; }
a { color: var(--accent); }
.lead, .note, figcaption, caption { color: var(--muted); }
.note { font-size: 0.9rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px; margin: 26px 0 0; padding: 0; }
.facts li { list-style: none; background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; }
.facts b { display: block; font-size: 1.7rem; line-height: 1.2; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.facts span { color: var(--muted); font-size: 0.9rem; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 14px; margin-top: 12px; }
.controls { display: flex; flex-wrap: wrap; gap: 10px 18px; align-items: center; margin: 12px 0 0; }
.controls[hidden] { display: none; }
.controls label { display: inline-flex; gap: 7px; align-items: center; font-size: 0.9rem; color: var(--muted); }
select, button { font: inherit; font-size: 0.9rem; color: var(--text); background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; padding: 6px 10px; max-width: 100%; }
button { cursor: pointer; }
.choice { display: inline-flex; border: 1px solid var(--line); border-radius: 9px; overflow: hidden; background: var(--panel); }
.choice button { border: 0; border-radius: 0; background: none; padding: 6px 13px; }
.choice button + button { border-left: 1px solid var(--line); }
.choice button[aria-pressed="true"] { background: var(--accent); color: #fff; }
@media (prefers-color-scheme: dark) { .choice button[aria-pressed="true"] { color: #1a1208; } }
button:focus-visible, select:focus-visible, .handle:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.chart { min-height: 520px; }
.chart.small { min-height: 430px; }
.chart svg { width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 4px 0 8px; font-size: 0.92rem; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: baseline; }
thead th { text-align: right; font-weight: 600; color: var(--muted); }
thead th:first-child, tbody th { text-align: left; }
tbody th { font-weight: 500; }
thead small { display: block; font-weight: 400; font-size: 0.78rem; }
td.number { text-align: right; } td.number small { color: var(--muted); }
td.text { text-align: left; white-space: normal; min-width: 9em; font-size: 0.84rem; color: var(--muted); }
td.strong { font-weight: 650; } td.bad { color: var(--bad); font-weight: 650; }
tr.subject { background: color-mix(in srgb, var(--accent) 9%, transparent); }
tr.subject th, tr.subject td.number { font-weight: 700; }
tr.published th { color: var(--muted); }
.swatch { display: inline-block; width: 20px; margin-right: 9px; vertical-align: middle; border-top: 3px solid var(--color); }
.swatch.published { border-top-style: dashed; border-top-width: 2px; }
td.bar { min-width: 150px; }
.bar-track { display: block; position: relative; height: 9px; background: linear-gradient(90deg, transparent calc(50% - 0.5px), var(--line) 0 calc(50% + 0.5px), transparent 0); }
.bar-value { position: absolute; top: 1px; bottom: 1px; border-radius: 3px; }
.bar-value.less { background: var(--good); } .bar-value.more { background: var(--bad); }
details { margin: 8px 0; } summary { cursor: pointer; color: var(--muted); }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 14px; }
.gallery[hidden] { display: none; }
figure { margin: 0; } figure img { max-width: 100%; height: auto; display: block; border-radius: 6px; }
figcaption { font-size: 0.86rem; padding-top: 4px; }
.viewer[hidden] { display: none; }
.stage { position: relative; overflow: hidden; background: #101113; border-radius: 10px; touch-action: pan-y; cursor: grab; user-select: none; margin: 12px auto 0; }
.stage.zoomed { touch-action: none; }
.stage img { position: absolute; left: 0; top: 0; transform-origin: 0 0; max-width: none; pointer-events: none; }
.stage img.pixelated { image-rendering: pixelated; }
.handle { position: absolute; top: 0; bottom: 0; width: 44px; margin-left: -22px; cursor: ew-resize; background: none; border: 0; padding: 0; touch-action: none; }
.handle::before { content: ""; position: absolute; left: 21px; top: 0; bottom: 0; width: 2px; background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 35%); }
.handle::after { content: "\\2194"; position: absolute; left: 4px; top: calc(50% - 18px); width: 36px; height: 36px; line-height: 34px; border-radius: 50%; background: #fff; color: #111; text-align: center; font-size: 20px; box-shadow: 0 1px 6px rgb(0 0 0 / 45%); }
.tag { position: absolute; top: 10px; padding: 4px 10px; border-radius: 7px; background: rgb(0 0 0 / 66%); color: #fff; font-size: 0.84rem; line-height: 1.35; max-width: 46%; pointer-events: none; font-variant-numeric: tabular-nums; }
.tag.left { left: 10px; } .tag.right { right: 10px; text-align: right; }
footer { margin-top: 60px; color: var(--muted); font-size: 0.86rem; border-top: 1px solid var(--line); padding-top: 14px; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  main { padding: 22px 14px 48px; } h1 { font-size: 1.55rem; } .panel { padding: 8px; }
  .facts { grid-template-columns: 1fr 1fr; gap: 10px; } .facts li { padding: 12px; } .facts b { font-size: 1.3rem; }
  .choice { width: 100%; } .choice button { flex: 1; padding: 8px 4px; font-size: 0.78rem; white-space: nowrap; }
  .chart { min-height: 640px; } th, td { padding: 6px 7px; } .tag { font-size: 0.72rem; }
}
@media print {
  :root { color-scheme: light; --back: #fff; --panel: #fff; --text: #000; --muted: #444; --line: #ccc; font-size: 11px; }
  .controls, .viewer, details:not([open]) { display: none; } .gallery[hidden] { display: grid; }
  main { max-width: none; padding: 0; } table, figure, .facts, .chart { break-inside: avoid; } .scroll { overflow: visible; }
  th, td { padding: 3px 5px; }
}
`;
