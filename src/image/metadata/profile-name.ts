// What an ICC profile calls itself.

const descriptionTag = 'desc';

/** The description of a profile; `an unnamed profile` where it has none that can be read. */
export function profileName(icc: Uint8Array): string {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  try {
    const count = Math.min(view.getUint32(128), 100);
    for (let entry = 132; entry < 132 + 12 * count; entry += 12) {
      if (latin1(icc, entry, 4) !== descriptionTag) continue;
      const start = view.getUint32(entry + 4);
      const text =
        latin1(icc, start, 4) === 'mluc' ? localized(icc, view, start) : plain(icc, view, start);
      const name = text.replace(/[^\x20-\x7e]/g, '').trim();
      if (name !== '') return name.slice(0, 60);
    }
  } catch (error) {
    // DataView throws it for what lies outside of the profile.
    if (!(error instanceof RangeError)) throw error;
  }
  return 'an unnamed profile';
}

/** The text of version 2 of the format. */
function plain(icc: Uint8Array, view: DataView, start: number): string {
  return latin1(icc, start + 12, view.getUint32(start + 8));
}

/** The first text of version 4, which is UTF-16 with the high byte first. */
function localized(icc: Uint8Array, view: DataView, start: number): string {
  const length = view.getUint32(start + 20);
  const offset = start + view.getUint32(start + 24);
  return new TextDecoder('utf-16be').decode(icc.subarray(offset, offset + length));
}

function latin1(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
}
