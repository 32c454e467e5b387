/**
 * A model that holds only tensors, for running single operations: the engine reads tensors by name, so
 * networks may be made up by a test.
 */
import type { ConvOp, ModelManifest, Op, TypedArray } from '../../codec/engine/manifest.ts';
import type { Model } from '../../codec/engine/model.ts';

export function bareModel(
  tensors: Readonly<Record<string, TypedArray>>,
  heads: readonly ConvOp[] = [],
): Model {
  const none: readonly Op[] = [];
  const networks = {
    hyperSynthesis: none,
    context: [none, none, none, none],
    heads,
    synthesis: none,
  };
  const manifest = { networks, qualityLevels: 101 } as Partial<ModelManifest> as ModelManifest;
  return { manifest, tensors: new Map(Object.entries(tensors)), auxiliaries: new Map() };
}
