// The page's script: wires the controls to the charts, the tables and the viewer.
import type { Curve, Report } from '../../aggregate.ts';
import { metricOf } from '../../metrics.ts';
import { bdRateTable, rate120Table } from '../tables.ts';
import { drawCosts, drawCurves, drawSpread } from './charts.ts';
import { element, type PageState, readReport } from './page-data.ts';
import { startViewer } from './viewer.ts';

/** Published curves that are shown without asking for all of them. */
const fewPublished = [
  'published/jpeg2000',
  'published/vtm',
  'published/av1',
  'published/bmshj2018-hyperprior-mse',
  'published/mbt2018-mean-mse',
  'published/elic2022-mse',
  'published/mlicplusplus',
];

const whole = readReport();
const state: PageState = {
  metric: 'psnrRgb',
  view: 'mean',
  published: 'few',
  logarithmic: true,
  anchor: whole.anchor,
  cost: 'encode',
};
const viewer = startViewer(whole.anchor, whole.subject);

/** The measured curves, the anchor, and the published curves that are switched on. */
function shownReport(): Report {
  const isShown = ({ kind, key }: Curve) =>
    kind === 'measured' ||
    key === state.anchor ||
    state.published === 'all' ||
    (state.published === 'few' && fewPublished.includes(key));
  return { ...whole, curves: whole.curves.filter(isShown) };
}

function update(): void {
  const report = shownReport();
  drawCurves(element('curves'), report, state, (key, bpp) => {
    viewer?.show(key, state.view === 'mean' ? undefined : state.view, bpp);
  });
  drawCosts(element('costs'), report, state);
  drawSpread(element('spread'), report, state, (name) => {
    element<HTMLSelectElement>('view').value = name;
    state.view = name;
    update();
    element('curves').scrollIntoView({ behavior: 'smooth', block: 'center' });
  });
  element('bd-rates').innerHTML = bdRateTable(report, state.anchor, metricOf(state.metric));
  element('rate-120').innerHTML = rate120Table(report, state.anchor);
}

/** A row of buttons of which one is pressed. */
function choice<Key extends 'metric' | 'cost'>(id: string, key: Key): void {
  const buttons = [...element(id).querySelectorAll('button')];
  for (const button of buttons) {
    button.addEventListener('click', () => {
      state[key] = button.value as PageState[Key];
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      update();
    });
  }
}

function select(id: string, apply: (value: string) => void): void {
  const field = element<HTMLSelectElement>(id);
  field.addEventListener('change', () => {
    apply(field.value);
    update();
  });
}

for (const controls of document.querySelectorAll<HTMLElement>('.controls')) controls.hidden = false;
for (const place of document.querySelectorAll('.chart')) place.replaceChildren();
choice('metric', 'metric');
choice('cost', 'cost');
select('view', (value) => {
  state.view = value;
});
select('published', (value) => {
  state.published = value as PageState['published'];
});
select('scale', (value) => {
  state.logarithmic = value === 'logarithmic';
});
select('anchor', (value) => {
  state.anchor = value;
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update);
update();
document.documentElement.dataset.ready = 'true';
