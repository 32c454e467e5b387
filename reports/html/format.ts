// Numbers and text for people, in HTML and Markdown alike.

const minus = '−';

/** Fixed digits with a true minus sign; an en dash for nothing. */
export function fixed(value: number | undefined, digits: number): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return value.toFixed(digits).replace('-', minus);
}

/** As `fixed`, with a plus sign for what is above zero. */
export function signed(value: number | undefined, digits: number): string {
  const text = fixed(value, digits);
  return value !== undefined && value > 0 && Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

export function percent(value: number | undefined, digits = 1): string {
  return value === undefined ? '–' : `${signed(value, digits)} %`;
}

/** Text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A rate with the ratio to 24 bits a pixel that it means. */
export function rateText(bpp: number): string {
  return `${fixed(bpp, 3)} bpp (${fixed(24 / bpp, bpp > 2.4 ? 1 : 0)}:1)`;
}
