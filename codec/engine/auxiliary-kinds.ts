/**
 * The kinds of auxiliary models and what each must hold: a table that withAuxiliary checks against
 * (codec/models/README.md, "Auxiliary models").
 */
import type { AuxiliaryManifest } from './auxiliary.ts';
import type { RegisterShape } from './check-network.ts';
import type { ModelManifest } from './manifest.ts';
import {
  readFields,
  readInteger,
  refuseUnknownKeys,
  type TensorSource,
} from './manifest-fields.ts';

export const auxiliaryKinds = ['perceptual', 'uncertainty'] as const;
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

const at = (channels: number, level: number): RegisterShape => ({ channels, level });

export const auxiliaryRules: Readonly<Record<AuxiliaryKind, AuxiliaryRules>> = {
  /** Another synthesis for the same latents, which is given noise too. */
  perceptual: {
    networks: (base) => ({
      synthesis: {
        inputs: { input: at(base.latentChannels, 0), noise: at(noiseChannels, -1) },
        output: at(192, -1),
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
      uncertainty: { inputs: { input: at(base.latentChannels, 0) }, output: at(64, -1) },
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
