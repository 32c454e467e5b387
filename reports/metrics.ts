// The metrics of a report: what each is called, its unit, and how many digits are worth printing.

export type MetricKey = 'psnrRgb' | 'psnrY' | 'msSsimDb' | 'ssimulacra2';

export interface Metric {
  readonly key: MetricKey;
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
}

export const metrics: readonly Metric[] = [
  { key: 'psnrRgb', name: 'PSNR RGB', unit: 'dB', digits: 2 },
  { key: 'psnrY', name: 'PSNR Y', unit: 'dB', digits: 2 },
  { key: 'msSsimDb', name: 'MS-SSIM', unit: 'dB', digits: 2 },
  { key: 'ssimulacra2', name: 'SSIMULACRA2', unit: '', digits: 1 },
];

/** The metric with this key; the first for an unknown one. */
export function metricOf(key: string): Metric {
  return metrics.find((metric) => metric.key === key) ?? metrics[0];
}

/** 120:1 against 24 bits a pixel. */
export const rate120Bpp = 24 / 120;

/** Rates of the anchor that a band of the BD-rate covers, in bpp. */
export interface Band {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export const bands: readonly Band[] = [
  { name: 'low', from: 0.05, to: 0.25 },
  { name: 'middle', from: 0.25, to: 0.75 },
  { name: 'high', from: 0.75, to: 2 },
];
