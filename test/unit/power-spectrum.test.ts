import test from 'ava';
import { compareSpectra, radialSpectrum } from '../../src/metrics/power-spectrum.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

const size = 96;

function grey(sample: (x: number, y: number) => number) {
  const data = Uint8Array.from({ length: size * size }, (_, i) =>
    Math.round(sample(i % size, Math.floor(i / size))),
  );
  return { width: size, height: size, channels: 1, data };
}

test('the spectrum is that of the trainer', (t) => {
  // nic_training.texture on the same drawn pictures.
  const spectrum = radialSpectrum(drawnPicture(200, 120));
  for (const [ring, level] of [
    [0, 53.135],
    [7, 30.2293],
    [15, 21.8386],
    [31, 16.853],
  ]) {
    t.true(Math.abs(spectrum[ring] - level) < 1e-3, `${ring}: ${spectrum[ring]}`);
  }
  const { distance } = compareSpectra(drawnPicture(200, 120), drawnPicture(200, 120, 3, 2));
  t.true(Math.abs(distance - 0.31742) < 1e-4, String(distance));
});

test('a wave shows at its frequency', (t) => {
  const spectrum = radialSpectrum(grey((x) => 128 + 100 * Math.cos((2 * Math.PI * 8 * x) / 64)));
  t.is(spectrum.indexOf(Math.max(...spectrum)), 7);
  t.true(spectrum[7] - spectrum[20] > 40);
});

test('equal pictures have no distance, a smoother one less fine energy', (t) => {
  const noisy = grey((x, y) => ((x * 7919 + y * 104729) * 2654435761) % 251);
  t.deepEqual(compareSpectra(noisy, noisy), { distance: 0, fineEnergy: 0 });
  const { distance, fineEnergy } = compareSpectra(
    noisy,
    grey((x, y) => 64 + 0.5 * noisy.data[y * size + x]),
  );
  t.true(Math.abs(fineEnergy + 6.02) < 0.1, String(fineEnergy));
  t.true(Math.abs(distance - 6.02) < 0.1, String(distance));
});

test('a place does not matter, only how much there is', (t) => {
  const wave = (shift: number) =>
    grey((x, y) => 128 + 60 * Math.cos((2 * Math.PI * (5 * (x + shift) + 3 * y)) / 64));
  t.true(compareSpectra(wave(0), wave(6)).distance < 0.5);
});

test('pictures without a block of 64 are refused', (t) => {
  t.throws(() => radialSpectrum(drawnPicture(63, 90)), { code: 'INVALID_ARGUMENT' });
});
