/**
 * The kinds of auxiliary models and what each must hold: a table that withAuxiliary checks against
 * (codec/models/README.md, "Auxiliary models").
 */
import type { AuxiliaryManifest } from './auxiliary.ts';
import type { RegisterShape } from './check-network.ts';
import type { ModelManifest } from './manifest.ts';
import type { TensorSource } from './manifest-fields.ts';

export const auxiliaryKinds = ['perceptual'] as const;
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

const at = (channels: number, level: number): RegisterShape => ({ channels, level });

export const auxiliaryRules: Readonly<Record<AuxiliaryKind, AuxiliaryRules>> = {
  /** Another synthesis for the same latents. */
  perceptual: {
    networks: (base) => ({
      synthesis: { inputs: { input: at(base.latentChannels, 0) }, output: at(192, -1) },
    }),
  },
};
