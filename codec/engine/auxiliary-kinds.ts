/**
 * The kinds of auxiliary models and what each must hold: a table that withAuxiliary checks against
 * (codec/models/README.md, "Auxiliary models").
 */
import type { AuxiliaryManifest } from './auxiliary.ts';
import { pixelChannels, type RegisterShape, shapeAt } from './check-network.ts';
import type { ModelManifest } from './manifest.ts';
import {
  fieldError,
  readFields,
  readInteger,
  refuseUnknownKeys,
  type TensorSource,
} from './manifest-fields.ts';

export const auxiliaryKinds = ['encoder', 'lstm', 'rbm', 'perceptual', 'uncertainty'] as const;
export type AuxiliaryKind = (typeof auxiliaryKinds)[number];

/** Registers that a network is given, and the shape of its output. */
export interface NetworkShape {
  readonly inputs: Readonly<Record<string, RegisterShape>>;
  readonly output: RegisterShape;
}

export interface AuxiliaryRules {
  /** The networks of the kind; any other is refused. */
  networks(base: ModelManifest, own: AuxiliaryManifest): Readonly<Record<string, NetworkShape>>;
  /** Checks parameters and tables. ModelError. */
  check?(own: AuxiliaryManifest, tensors: TensorSource, base: ModelManifest): void;
}

/** Channels of the register `noise` of the perceptual synthesis. */
export const noiseChannels = 32;

/** Inputs and logits of a slice of the LSTM prior, and the channels of a slice. */
const lstmInputs = 32;
/** Of the RBM, so that no sum leaves 32 bits. */
const maxHiddenBias = 2 ** 24;
const maxRbmChannels = 1024;
const sliceChannels = 8;

export const auxiliaryRules: Readonly<Record<AuxiliaryKind, AuxiliaryRules>> = {
  /** What only an encoder runs: codec/engine/encoder.ts. */
  encoder: {
    networks: ({ latentChannels, hyperChannels }) => ({
      analysis: {
        inputs: { input: shapeAt(pixelChannels, 0) },
        output: shapeAt(latentChannels, 1),
      },
      hyperAnalysis: {
        inputs: { input: shapeAt(latentChannels, 0) },
        output: shapeAt(hyperChannels, 2),
      },
    }),
    check({ parameters, tables }) {
      refuseUnknownKeys(parameters, 'parameters', ['halo', 'inputShift']);
      readInteger(parameters.halo, 'parameters.halo', 0, 256);
      readInteger(parameters.inputShift, 'parameters.inputShift', 0, 8);
      refuseUnknownKeys(readFields(tables, 'tables'), 'tables', []);
    },
  },
  /** Corrections of the frozen tables, slice by slice: codec/prior/lstm.ts. */
  lstm: {
    networks: ({ networks: { heads } }, { parameters }) => {
      const hidden = readInteger(parameters.hidden, 'parameters.hidden', 8, 1024);
      const gates = shapeAt(4 * hidden, 0);
      const features = (step: number) => ({
        inputs: { input: shapeAt(heads[step].inChannels, 0) },
        output: gates,
      });
      return {
        features0: features(0),
        features1: features(1),
        features2: features(2),
        features3: features(3),
        gates: {
          inputs: { input: shapeAt(hidden + lstmInputs, 0), features: gates },
          output: gates,
        },
        logits: { inputs: { input: shapeAt(hidden, 0) }, output: shapeAt(lstmInputs, 0) },
      };
    },
    check({ parameters, tables }, tensors, { latentChannels }) {
      refuseUnknownKeys(parameters, 'parameters', ['hidden']);
      refuseUnknownKeys(readFields(tables, 'tables'), 'tables', ['gateBias', 'logitBias']);
      const slices = latentChannels / 4 / sliceChannels;
      const gates = 4 * (parameters.hidden as number);
      tensors.get(tables.gateBias, 'tables.gateBias', ['int16'], [4, slices, gates]);
      tensors.get(tables.logitBias, 'tables.logitBias', ['int16'], [4, slices, lstmInputs]);
    },
  },
  /** A restricted Boltzmann machine over what is not zero: codec/prior/rbm.ts. */
  rbm: {
    networks: () => ({}),
    check({ parameters, tables }, tensors, { latentChannels }) {
      refuseUnknownKeys(parameters, 'parameters', ['hidden']);
      const hidden = readInteger(parameters.hidden, 'parameters.hidden', 1, 1024);
      if (latentChannels > maxRbmChannels) {
        throw fieldError('latentChannels', `at most ${maxRbmChannels}`, latentChannels);
      }
      const names = ['own', 'beside', 'visibleBias', 'hiddenBias'];
      refuseUnknownKeys(readFields(tables, 'tables'), 'tables', names);
      tensors.get(tables.own, 'tables.own', ['int16'], [latentChannels, hidden]);
      tensors.get(tables.beside, 'tables.beside', ['int16'], [latentChannels, hidden]);
      tensors.get(tables.visibleBias, 'tables.visibleBias', ['int16'], [latentChannels]);
      const bias = tensors.get(tables.hiddenBias, 'tables.hiddenBias', ['int32'], [4, hidden]);
      if (bias.some((value) => Math.abs(value) > maxHiddenBias)) {
        throw fieldError('tables.hiddenBias', `values up to ${maxHiddenBias}`, 'a larger one');
      }
    },
  },
  /** Another synthesis for the same latents, which is given noise too. */
  perceptual: {
    networks: (base) => ({
      synthesis: {
        inputs: { input: shapeAt(base.latentChannels, 0), noise: shapeAt(noiseChannels, -1) },
        output: shapeAt(pixelChannels, -1),
      },
    }),
    check({ parameters, tables }) {
      refuseUnknownKeys(parameters, 'parameters', ['halo']);
      readInteger(parameters.halo, 'parameters.halo', 0, 256);
      refuseUnknownKeys(readFields(tables, 'tables'), 'tables', []);
    },
  },
  /** Standard error of each pixel, from the latents: log2 of 8 x 8 pixels a position, and their 8-bit values. */
  uncertainty: {
    networks: (base) => ({
      uncertainty: { inputs: { input: shapeAt(base.latentChannels, 0) }, output: shapeAt(64, -1) },
    }),
    check({ parameters, tables }, tensors) {
      const names = ['halo', 'outputBits', 'tableBits', 'tableLow', 'unit'];
      refuseUnknownKeys(parameters, 'parameters', names);
      readInteger(parameters.halo, 'parameters.halo', 0, 256);
      const bits = readInteger(parameters.outputBits, 'parameters.outputBits', 0, 14);
      readInteger(parameters.tableBits, 'parameters.tableBits', 0, bits);
      readInteger(parameters.tableLow, 'parameters.tableLow', -64, 64);
      readInteger(parameters.unit, 'parameters.unit', 1, 255);
      refuseUnknownKeys(readFields(tables, 'tables'), 'tables', ['bytes']);
      tensors.get(tables.bytes, 'tables.bytes', ['uint8'], [null]);
    },
  },
};
