/**
 * Checks one network of a manifest: fields, tensors, channels and sizes along the chain, and that no
 * accumulator can overflow 32 bits for any input (codec/models/README.md, "Operations").
 */
import { ModelError } from '../errors.ts';
import type { ConvOp, Op, TypedArray } from './manifest.ts';
import {
  type Fields,
  fieldError,
  readArray,
  readChoice,
  readFields,
  readInteger,
  readString,
  refuseUnknownKeys,
  type TensorSource,
} from './manifest-fields.ts';

/** Channels of a register, and how many times its sides are halved with respect to the network's input. */
export interface RegisterShape {
  readonly channels: number;
  readonly level: number;
}

/** Of a register. */
export const shapeAt = (channels: number, level: number): RegisterShape => ({ channels, level });

/** Channels of pixels as networks read and give them: 8 x 8 of three channels. */
export const pixelChannels = 192;

const maxChannels = 8192;

const opKeys = {
  conv: 'input output kernel stride inChannels outChannels weight bias shift activation residual',
  depthwise: 'input output channels weight bias shift',
  gain: 'input output table shift',
  offset: 'input output table',
  shuffle: 'input output',
  unshuffle: 'input output',
  concat: 'inputs output',
};

function networkError(path: string, message: string): ModelError {
  return new ModelError('INVALID_MODEL', `${path}: ${message}`);
}

function readChannels(value: unknown, path: string): number {
  const channels = readInteger(value, path, 8, maxChannels);
  if (channels % 8 !== 0) throw fieldError(path, 'a multiple of 8', channels);
  return channels;
}

/** `sum|w| * 32768 + |bias| + 2^(shift-1) < 2^31` for every output; weights are `[outputs][count]` in steps. */
function checkAccumulator(
  path: string,
  weight: TypedArray,
  bias: TypedArray,
  shift: number,
  layout: { readonly outputs: number; readonly count: number; readonly byTap: boolean },
): void {
  const { outputs, count, byTap } = layout;
  const rounding = shift > 0 ? 2 ** (shift - 1) : 0;
  for (let output = 0; output < outputs; output++) {
    let sum = 0;
    const step = byTap ? outputs : 1;
    let index = byTap ? output : output * count;
    for (let item = 0; item < count; item++, index += step) {
      sum += Math.abs(weight[index]);
    }
    const bound = sum * 32768 + Math.abs(bias[output]) + rounding;
    if (bound >= 2 ** 31) {
      throw new ModelError(
        'INVALID_MODEL',
        `${path}: the accumulator of output ${output} can reach ${bound}, beyond 2^31 - 1`,
      );
    }
  }
}

/** Checks a convolution by itself: fields, tensors and the accumulator bound. */
export function checkConv(value: unknown, path: string, tensors: TensorSource): ConvOp {
  const fields = readFields(value, path);
  readChoice(fields.op, `${path}.op`, ['conv']);
  refuseUnknownKeys(fields, path, ['op', ...opKeys.conv.split(' ')]);
  readString(fields.input, `${path}.input`);
  readString(fields.output, `${path}.output`);
  const kernel = readChoice(fields.kernel, `${path}.kernel`, [1, 3]);
  readChoice(fields.stride, `${path}.stride`, [1, 2]);
  const inChannels = readChannels(fields.inChannels, `${path}.inChannels`);
  const outChannels = readChannels(fields.outChannels, `${path}.outChannels`);
  const shift = readInteger(fields.shift, `${path}.shift`, 0, 30);
  readChoice(fields.activation, `${path}.activation`, ['none', 'leaky']);
  if (fields.residual !== undefined) readString(fields.residual, `${path}.residual`);
  const taps = kernel * kernel;
  const weightShape = [outChannels, taps, inChannels];
  const weight = tensors.get(fields.weight, `${path}.weight`, ['int16'], weightShape);
  const bias = tensors.get(fields.bias, `${path}.bias`, ['int32'], [outChannels]);
  const layout = { outputs: outChannels, count: taps * inChannels, byTap: false };
  checkAccumulator(path, weight, bias, shift, layout);
  return value as ConvOp;
}

function checkDepthwise(fields: Fields, path: string, tensors: TensorSource): number {
  const channels = readChannels(fields.channels, `${path}.channels`);
  const shift = readInteger(fields.shift, `${path}.shift`, 0, 30);
  const weight = tensors.get(fields.weight, `${path}.weight`, ['int16'], [9, channels]);
  const bias = tensors.get(fields.bias, `${path}.bias`, ['int32'], [channels]);
  checkAccumulator(path, weight, bias, shift, { outputs: channels, count: 9, byTap: true });
  return channels;
}

/**
 * Checks a network against the registers that its caller fills and returns the shape of `output`.
 * `levels` is the manifest's qualityLevels. Throws ModelError.
 */
export function checkNetwork(
  value: unknown,
  path: string,
  inputs: Readonly<Record<string, RegisterShape>>,
  tensors: TensorSource,
  levels: number,
): RegisterShape {
  const registers = new Map(Object.entries(inputs));

  const lookUp = (name: unknown, field: string): RegisterShape => {
    const shape = registers.get(readString(name, field));
    if (!shape) throw networkError(field, `register '${name}' is read before it is written`);
    return shape;
  };

  const expectChannels = (field: string, shape: RegisterShape, channels: number): void => {
    if (shape.channels !== channels) {
      throw networkError(
        field,
        `expected ${channels} channels but the register has ${shape.channels}`,
      );
    }
  };

  const checkOp = (fields: Fields, kind: Op['op'], at: string): RegisterShape => {
    if (kind === 'concat') {
      const names = readArray(fields.inputs, `${at}.inputs`, 2);
      const [first, second] = names.map((name, index) => lookUp(name, `${at}.inputs[${index}]`));
      if (first.level !== second.level) throw networkError(at, 'the inputs differ in size');
      return { channels: first.channels + second.channels, level: first.level };
    }
    const input = lookUp(fields.input, `${at}.input`);
    switch (kind) {
      case 'conv': {
        const conv = checkConv(fields, at, tensors);
        expectChannels(`${at}.input`, input, conv.inChannels);
        const level = input.level + (conv.stride === 2 ? 1 : 0);
        if (conv.residual !== undefined) {
          const residual = lookUp(conv.residual, `${at}.residual`);
          expectChannels(`${at}.residual`, residual, conv.outChannels);
          if (residual.level !== level) throw networkError(at, 'the residual differs in size');
        }
        return { channels: conv.outChannels, level };
      }
      case 'depthwise':
        expectChannels(`${at}.input`, input, checkDepthwise(fields, at, tensors));
        return input;
      case 'gain':
        readInteger(fields.shift, `${at}.shift`, 0, 30);
        tensors.get(fields.table, `${at}.table`, ['int16'], [levels, input.channels]);
        return input;
      case 'offset':
        tensors.get(fields.table, `${at}.table`, ['int16'], [levels, input.channels]);
        return input;
      case 'shuffle':
        if (input.channels % 32 !== 0)
          throw networkError(at, 'shuffle needs a multiple of 32 channels');
        return { channels: input.channels / 4, level: input.level - 1 };
      case 'unshuffle':
        return { channels: input.channels * 4, level: input.level + 1 };
    }
  };

  readArray(value, path).forEach((item, index) => {
    const at = `${path}[${index}]`;
    const fields = readFields(item, at);
    const kind = readChoice(fields.op, `${at}.op`, Object.keys(opKeys) as Op['op'][]);
    refuseUnknownKeys(fields, at, ['op', ...opKeys[kind].split(' ')]);
    const output = readString(fields.output, `${at}.output`);
    const shape = checkOp(fields, kind, at);
    if (shape.channels > maxChannels) throw networkError(at, `more than ${maxChannels} channels`);
    registers.set(output, shape);
  });

  return lookUp('output', path);
}
