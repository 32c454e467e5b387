/**
 * The sizes of all registers of a network for given inputs. parseModel has checked the network itself; here
 * only what depends on the actual sizes is left to check.
 */
import { invalidArgument } from '../errors.ts';
import type { EngineOp } from './manifest.ts';
import type { Shape, Tensor } from './tensor.ts';

/** Largest side of a tensor: 65536 pixels at 1/8. */
const maxSide = 8192;

export function inputNames(op: EngineOp): readonly string[] {
  if (op.op === 'concat') return op.inputs;
  if (op.op === 'slope') return [op.input, op.activation];
  if (op.op === 'conv' && op.residual !== undefined) return [op.input, op.residual];
  return [op.input];
}

/** Shape of the result; `inputs` are in the order of inputNames. INVALID_ARGUMENT if the sizes do not fit. */
export function outputShape(op: EngineOp, inputs: readonly Shape[]): Shape {
  const [first, second] = inputs;
  const { height, width, channels } = first;
  const sameSize = (shape: Shape): boolean => shape.height === height && shape.width === width;
  switch (op.op) {
    case 'conv': {
      expectChannels(op.input, op.inChannels, channels);
      const shape = {
        height: Math.ceil(height / op.stride),
        width: Math.ceil(width / op.stride),
        channels: op.outChannels,
      };
      if (second && (second.height !== shape.height || second.width !== shape.width)) {
        throw invalidArgument(
          'the size of the output',
          `residual ${op.residual}`,
          sizeText(second),
        );
      }
      return shape;
    }
    case 'depthwise':
      expectChannels(op.input, op.channels, channels);
      return first;
    case 'gain':
    case 'offset':
      return first;
    case 'slope':
      if (!sameSize(second)) {
        throw invalidArgument(
          `the size ${sizeText(first)}`,
          `register ${op.activation}`,
          sizeText(second),
        );
      }
      expectChannels(op.activation, channels, second.channels);
      return first;
    case 'shuffle':
      return { height: 2 * height, width: 2 * width, channels: channels / 4 };
    case 'unshuffle':
      if (height % 2 !== 0 || width % 2 !== 0) {
        throw invalidArgument('an even size', `register ${op.input}`, sizeText(first));
      }
      return { height: height / 2, width: width / 2, channels: 4 * channels };
    case 'concat':
      if (!sameSize(second)) {
        throw invalidArgument(
          `the size ${sizeText(first)}`,
          `register ${op.inputs[1]}`,
          sizeText(second),
        );
      }
      return { height, width, channels: channels + second.channels };
  }
}

function sizeText({ height, width }: Shape): string {
  return `${width}x${height}`;
}

function expectChannels(register: string, expected: number, received: number): void {
  if (expected !== received)
    throw invalidArgument(`${expected} channels`, `register ${register}`, received);
}

/** Refuses a tensor whose data does not have its size. INVALID_ARGUMENT. */
export function checkTensor(tensor: Tensor, name: string): void {
  const { height, width, channels, data } = tensor;
  const valid = (size: number, max: number) => Number.isInteger(size) && size >= 1 && size <= max;
  if (!valid(height, maxSide) || !valid(width, maxSide) || !valid(channels, 8192)) {
    throw invalidArgument(`sides from 1 to ${maxSide}`, name, `${width}x${height}x${channels}`);
  }
  if (channels % 8 !== 0) throw invalidArgument('a multiple of 8 channels', name, channels);
  if (data.length !== height * width * channels) {
    throw invalidArgument(`${height * width * channels} values`, name, data.length);
  }
}

/** Refuses inputs that lack a register which the network reads before it writes it. INVALID_ARGUMENT. */
export function checkInputs(
  network: readonly EngineOp[],
  inputs: Readonly<Record<string, Tensor>>,
): void {
  const known = new Set(Object.keys(inputs));
  for (const op of network) {
    for (const name of inputNames(op)) {
      if (!known.has(name)) throw invalidArgument('a tensor', `register ${name}`, undefined);
    }
    known.add(op.output);
  }
  for (const [name, tensor] of Object.entries(inputs)) checkTensor(tensor, `register ${name}`);
}
