/** Runs the jobs of the codec and adds up where their time goes. */

import { encoderOf } from '../../codec/engine/encoder.ts';
import type { EngineOp } from '../../codec/engine/manifest.ts';
import { type Engine, type JobArgs, type JobResult, type Jobs, runJob } from '../../codec/index.ts';
import { splitAnalysis } from '../../codec/latent/split-analysis.ts';
import { type Clock, readClock } from './measure.ts';

/** Milliseconds by stage. */
export type Stages = Record<string, number>;

export function addStage(stages: Stages, stage: string, ms: number): void {
  stages[stage] = (stages[stage] ?? 0) + ms;
}

/** Where the time of a job goes that is not spent in a network. */
const restOfJob = {
  analyze: 'pixels',
  measureActivity: 'pixels',
  synthesize: 'pixels',
  uncertainty: 'pixels',
  searchLatents: 'search',
  quantizeLatents: 'entropy coding',
  codeLatents: 'entropy coding',
  gatherForms: 'filter',
  chooseFilters: 'filter',
  writeTile: 'entropy coding',
  decompressLatents: 'entropy coding',
  compressAlpha: 'alpha',
  decompressAlpha: 'alpha',
};

/** A function that runs a job on the engine and gives its result with its stages. */
export function timedJobs(engine: Engine, clock: Clock) {
  const { networks } = engine.model.manifest;
  const { trunk, gain } = splitAnalysis(engine.model);
  const names = new Map<readonly EngineOp[], string>([
    [trunk, 'analysis'],
    [gain, 'analysis'],
    [encoderOf(engine.model).hyperAnalysis, 'hyper'],
    [networks.hyperSynthesis, 'hyper'],
    ...networks.context.map((network) => [network, 'context'] as const),
    [networks.synthesis, 'synthesis'],
  ]);
  let stages: Stages = {};
  const timed = <T>(stage: string, call: () => T): T => {
    const start = readClock(clock);
    const result = call();
    addStage(stages, stage, readClock(clock) - start);
    return result;
  };
  const timedEngine: Engine = {
    ...engine,
    run: (network, inputs, quality) =>
      timed(names.get(network) ?? 'other', () => engine.run(network, inputs, quality)),
    runHead: (step, features) => timed('context', () => engine.runHead(step, features)),
    filterPlanes: (planes, coefficients) =>
      timed('filter', () => engine.filterPlanes(planes, coefficients)),
    gatherMoments: (planes, lacks) => timed('filter', () => engine.gatherMoments(planes, lacks)),
    multiplyReal: (first, second) => timed('filter', () => engine.multiplyReal(first, second)),
  };
  return <K extends keyof Jobs>(
    name: K,
    args: JobArgs<K>,
  ): { result: JobResult<K>; stages: Stages } => {
    stages = {};
    const start = readClock(clock);
    const result = runJob(timedEngine, name, args);
    const inNetworks = Object.values(stages).reduce((sum, ms) => sum + ms, 0);
    addStage(stages, restOfJob[name], readClock(clock) - start - inNetworks);
    return { result, stages };
  };
}
