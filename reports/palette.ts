// The colour of each curve: the same codec has the same one in every chart, table and report.

const known: Readonly<Record<string, string>> = {
  nic: '#e8590c',
  'nic:effort=2': '#a8663a',
  'nic:tune=psnr': '#ffa94d',
  'nic:effort=2,tune=psnr': '#d2691e',
  'nic:effort=7,prior=mix,tune=psnr': '#8a2b06',
  mozjpeg: '#1c7ed6',
  'mozjpeg:chroma=444': '#66b2f0',
  jpeg: '#868e96',
  'jpeg:chroma=444': '#b0b7bd',
  'jpeg-js': '#a58a3b',
  webp: '#2f9e44',
  avif: '#ae3ec9',
  jxl: '#0c8599',
};

const measuredRest = ['#c2255c', '#5f3dc4', '#5c940d', '#d9480f', '#364fc7', '#087f5b'];
const publishedColors = ['#8a6d3b', '#6c7a89', '#b56576', '#5b8e7d', '#7d6b9e', '#9a8c5a'];

/** A CSS colour that reads on white and on near-black; `index` tells apart what has no colour of its own. */
export function colorOf(key: string, index: number): string {
  const rest = key.startsWith('published/') ? publishedColors : measuredRest;
  return known[key] ?? rest[index % rest.length];
}
