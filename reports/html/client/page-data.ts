// What the page's script finds in the page, and the state that its controls change.
import type { Report } from '../../aggregate.ts';
import type { MetricKey } from '../../metrics.ts';

export interface PageState {
  metric: MetricKey;
  /** `mean`, or the name of a picture. */
  view: string;
  /** Which published curves are drawn. */
  published: 'few' | 'all' | 'none';
  logarithmic: boolean;
  anchor: string;
  cost: 'encode' | 'decode' | 'kmac';
}

/** The element with this id; throws where the page has none, which is a fault of the page. */
export function element<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}`);
  return found as Kind;
}

export function readReport(): Report {
  return JSON.parse(element('report-data').textContent ?? '') as Report;
}

/** The value of a CSS variable of the page. */
export function cssVariable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
