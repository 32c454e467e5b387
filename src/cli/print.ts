// Text of the command line: results on stdout, everything else on stderr.

/** A line on stderr. */
export function printNote(line: string): void {
  process.stderr.write(`nic: ${line}\n`);
}

/** Text on stdout; settles when it is handed over. */
export async function printText(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** A value as JSON on stdout. */
export async function printJson(value: unknown): Promise<void> {
  await printText(`${JSON.stringify(value, null, 2)}\n`);
}

/** Rows of names and values in two columns. */
export function formatRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
