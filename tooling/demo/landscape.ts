// A picture for those who bring none: mountains over a lake, drawn from noise. It has what photographs have:
// soft gradients, haze, hard edges, fine texture, reflections and a little sensor noise.
import type { Picture } from '../../codec/index.ts';
import { fractalNoise, noise, ridgedNoise } from './noise.ts';

type Color = readonly [number, number, number];

const oversampling = 2;
const seed = 1970;
const mapSize = 1024;
/** World units a map cell. */
const cell = 0.5;
const waterLevel = 0;
const sunSlope = 0.42;
const camera = { x: 258, y: 14, eyeHeight: 4.5, horizon: 0.46, focal: 0.92 };
const farthest = 470;

const horizonColor: Color = [0.8, 0.78, 0.76];
const zenithColor: Color = [0.23, 0.43, 0.72];
const sunColor: Color = [1.12, 0.98, 0.8];

function mix(a: Color, b: Color, amount: number): Color {
  return [
    a[0] + (b[0] - a[0]) * amount,
    a[1] + (b[1] - a[1]) * amount,
    a[2] + (b[2] - a[2]) * amount,
  ];
}

function smooth(low: number, high: number, value: number): number {
  const x = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return x * x * (3 - 2 * x);
}

/** Heights and sunlight on a square of the world. */
class Terrain {
  readonly heights = new Float32Array(mapSize * mapSize);
  readonly light = new Float32Array(mapSize * mapSize);

  constructor() {
    for (let row = 0; row < mapSize; row++) {
      for (let column = 0; column < mapSize; column++) {
        this.heights[row * mapSize + column] = groundHeight(column * cell, row * cell);
      }
    }
    // The sun stands low in the west: along each row a shadow sinks with the slope of its rays.
    for (let row = 0; row < mapSize; row++) {
      let shadow = 0;
      for (let column = 0; column < mapSize; column++) {
        const i = row * mapSize + column;
        shadow = Math.max(shadow - sunSlope * cell, this.heights[i]);
        this.light[i] = 1 - smooth(0, 2.2, shadow - this.heights[i]);
      }
    }
  }

  sample(map: Float32Array, x: number, y: number): number {
    const column = Math.min(mapSize - 1.001, Math.max(0, x / cell));
    const row = Math.min(mapSize - 1.001, Math.max(0, y / cell));
    const i = Math.floor(row) * mapSize + Math.floor(column);
    const u = column % 1;
    const v = row % 1;
    const top = map[i] + (map[i + 1] - map[i]) * u;
    const bottom = map[i + mapSize] + (map[i + mapSize + 1] - map[i + mapSize]) * u;
    return top + (bottom - top) * v;
  }

  height(x: number, y: number): number {
    return this.sample(this.heights, x, y);
  }
}

function groundHeight(x: number, y: number): number {
  const range = smooth(120, 420, y);
  const mountains =
    range === 0 ? 0 : ridgedNoise(x / 120 + 3.1, y / 120, 8, seed) ** 1.25 * 105 * range;
  const hills = (fractalNoise(x / 46, y / 46, 6, seed + 20) - 0.45) * (13 + 12 * range);
  const shore = 9 * (1 - smooth(20, 46, y)) + 6 * smooth(110, 190, y);
  const basin = -10 * smooth(30, 52, y) * (1 - smooth(135, 185, y));
  return mountains + hills + shore + basin;
}

/** Meadow, forest, rock or snow, lit. */
function groundColor(terrain: Terrain, x: number, y: number, height: number): Color {
  const step = 0.3;
  const slopeX = (terrain.height(x + step, y) - terrain.height(x - step, y)) / (2 * step);
  const slopeY = (terrain.height(x, y + step) - terrain.height(x, y - step)) / (2 * step);
  const length = Math.hypot(slopeX, slopeY, 1);
  const steepness = 1 - 1 / length;
  const fine = fractalNoise(x * 2.1, y * 2.1, 5, seed + 40);
  const coarse = fractalNoise(x / 9, y / 9, 4, seed + 50);

  let color = mix([0.36, 0.4, 0.16], [0.55, 0.5, 0.25], coarse);
  const flowers = noise(x * 5.3, y * 5.3, seed + 60) * noise(x / 3, y / 3, seed + 61);
  if (y < 50 && flowers > 0.68) color = mix(color, [0.95, 0.83, 0.3], 0.8);
  const forest =
    smooth(0.44, 0.58, fractalNoise(x / 21, y / 21, 4, seed + 70)) * smooth(34, 24, height);
  color = mix(color, mix([0.07, 0.15, 0.07], [0.2, 0.29, 0.11], fine), forest * smooth(45, 75, y));
  const rock = mix(
    [0.31, 0.28, 0.26],
    [0.56, 0.52, 0.48],
    fractalNoise(x / 3, height / 2, 5, seed + 80),
  );
  color = mix(color, rock, smooth(0.16, 0.34, steepness + (fine - 0.5) * 0.16));
  const sand = smooth(1.1, 0.3, height + (fine - 0.5));
  color = mix(color, [0.66, 0.59, 0.46], sand);
  const snow = smooth(40, 52, height + (coarse - 0.5) * 24) * smooth(0.52, 0.36, steepness);
  color = mix(color, [0.95, 0.96, 1], snow);

  const facing = Math.max(0, (-slopeX * 0.86 + slopeY * -0.24 + 0.44) / length);
  const sun = facing * terrain.sample(terrain.light, x, y) * 2.1;
  const grain = 0.72 + 0.56 * fine;
  const shade = (channel: 0 | 1 | 2, ambient: number) =>
    color[channel] * grain * (ambient + sun * sunColor[channel]);
  return [shade(0, 0.2), shade(1, 0.25), shade(2, 0.34)];
}

/** The sky in a direction: `across` and `up` in units of the focal length. */
function skyColor(across: number, up: number): Color {
  const height = Math.max(0, up);
  let color = mix(horizonColor, zenithColor, 1 - Math.exp(-height * 3.1));
  const glow = Math.exp(-((across + 0.55) ** 2 + (up - 0.14) ** 2) * 7);
  color = mix(color, [1.05, 0.93, 0.74], glow * 0.75);
  const plane = 1 / (height + 0.09);
  const x = across * plane * 1.1;
  const y = plane * 1.9;
  const density = fractalNoise(x, y, 7, seed + 90);
  const cover = smooth(0.5, 0.72, density) * smooth(0.02, 0.16, height);
  const lit = smooth(0.45, 0.8, fractalNoise(x - 0.16, y + 0.05, 6, seed + 90) - density + 0.6);
  return mix(color, mix([0.98, 0.95, 0.9], [0.62, 0.65, 0.71], lit), cover * 0.9);
}

/** Linear colours of the whole picture, and which samples are water. */
function render(terrain: Terrain, width: number, height: number) {
  const colors = new Float32Array(width * height * 3);
  const isWater = new Uint8Array(width * height);
  const horizon = Math.round(height * camera.horizon);
  const unit = width * camera.focal;
  const eye = terrain.height(camera.x, camera.y) + camera.eyeHeight;
  for (let x = 0; x < width; x++) {
    const across = (x - width / 2) / unit;
    let top = height;
    for (let distance = 2; distance < farthest && top > 0; distance += 0.02 + distance * 0.0022) {
      const worldX = camera.x + across * distance;
      const worldY = camera.y + distance;
      const ground = terrain.height(worldX, worldY);
      const water = ground < waterLevel;
      const surface = water ? waterLevel : ground;
      const row = Math.round(horizon - ((surface - eye) / distance) * unit);
      if (row >= top) continue;
      const haze = 1 - Math.exp(-((distance / 560) ** 1.7));
      const color = water
        ? horizonColor
        : mix(groundColor(terrain, worldX, worldY, ground), [0.69, 0.74, 0.82], haze);
      for (let y = Math.max(0, row); y < top; y++) {
        colors.set(color, (y * width + x) * 3);
        isWater[y * width + x] = water ? 1 : 0;
      }
      top = Math.max(0, row);
    }
    for (let y = 0; y < top; y++) {
      colors.set(skyColor(across, (horizon - y) / unit), (y * width + x) * 3);
    }
  }
  reflect(colors, isWater, width, height, horizon);
  return colors;
}

/** Water mirrors what stands above its far shore, blurred and bent by ripples. */
function reflect(
  colors: Float32Array,
  isWater: Uint8Array,
  width: number,
  height: number,
  horizon: number,
): void {
  const source = colors.slice();
  for (let x = 0; x < width; x++) {
    let shore = 0;
    for (let y = 1; y < height; y++) {
      if (!isWater[y * width + x]) continue;
      if (!isWater[(y - 1) * width + x]) shore = y;
      const depth = (y - horizon) / height + 0.004;
      const ripple = fractalNoise(x / width / depth / 1.6, 2.4 / depth, 4, seed + 100) - 0.5;
      const bend = ripple * (y - shore) * 0.55;
      const mirrored = Math.round(2 * shore - y + bend);
      const clamped = Math.min(shore - 1, Math.max(0, mirrored));
      const sideways = Math.min(width - 1, Math.max(0, Math.round(x + bend * 0.25)));
      const from = (clamped * width + sideways) * 3;
      const strength = 0.82 - 0.35 * smooth(0, 0.5, depth);
      const deep: Color = [0.05, 0.12, 0.15];
      for (let channel = 0; channel < 3; channel++) {
        const glint = smooth(0.16, 0.3, ripple) * 0.09;
        colors[(y * width + x) * 3 + channel] =
          deep[channel] + (source[from + channel] - deep[channel]) * strength + glint;
      }
    }
  }
}

/** Draws the landscape. The same picture each time. */
export function drawLandscape(width = 768, height = 512): Picture {
  const fineWidth = width * oversampling;
  const colors = render(new Terrain(), fineWidth, height * oversampling);
  const data = new Uint8Array(width * height * 3);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const vignette = 1 - 0.22 * (((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2) ** 1.2;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let v = 0; v < oversampling; v++) {
          for (let u = 0; u < oversampling; u++) {
            const i = (y * oversampling + v) * fineWidth + x * oversampling + u;
            sum += colors[i * 3 + channel];
          }
        }
        const linear = (sum / oversampling ** 2) * vignette;
        const toned = 255 * (1 - Math.exp(-linear * 1.75)) ** 0.95;
        const grain = (random() + random() + random() - 1.5) * 3.2;
        data[(y * width + x) * 3 + channel] = Math.min(255, Math.max(0, Math.round(toned + grain)));
      }
    }
  }
  return { width, height, channels: 3, data };
}
