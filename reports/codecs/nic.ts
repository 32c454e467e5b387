// nic itself through its public library, on one thread, or through its command line, where times hold the start of
// the program, the model and the files.
import {
  defaultPrior,
  defaultTune,
  maxEffort,
  type PriorKind,
  priorKinds,
  type Tune,
  tunes,
} from '../../src/index.ts';
import type { Codec, CodecFactory } from './codec.ts';
import { openNicCommand } from './nic-command.ts';
import { openNicLibrary } from './nic-library.ts';

/** The default first. */
const priors = [defaultPrior, ...priorKinds.filter((kind) => kind !== defaultPrior)];

const tunesDefaultFirst = [defaultTune, ...tunes.filter((tune) => tune !== defaultTune)];

const efforts = Array.from({ length: maxEffort + 1 }, (_, effort) => String(effort));

export const nic: CodecFactory = {
  id: 'nic',
  options: {
    ...{ via: ['library', 'command'], model: [], prior: priors },
    ...{ effort: efforts, tune: tunesDefaultFirst },
  },
  async create(spec, { via, model, prior, effort, tune }): Promise<Codec> {
    const settings = { prior: prior as PriorKind, effort: Number(effort), tune: tune as Tune };
    const { versions, complexity, ...coder } =
      via === 'library'
        ? await openNicLibrary(model, settings)
        : await openNicCommand(model, settings);
    return {
      spec,
      id: 'nic',
      label: [
        'nic',
        ...(model === '' ? [] : [shortPlace(model)]),
        ...(prior === defaultPrior ? [] : [prior]),
        ...(settings.effort === 0 ? [] : [`effort ${effort}`]),
        ...(tune === defaultTune ? [] : [`(tune ${tune})`]),
        ...(via === 'command' ? ['(command line)'] : []),
      ].join(' '),
      settings: { via, prior, tune, ...(settings.effort > 0 && { effort }) },
      versions,
      complexity,
      qualityName: 'quality',
      qualities: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
      search: { from: 0, to: 100, step: 0.0625 },
      ...coder,
    };
  },
};

/** Name of a model with that of its folder, since models to compare often have one name. */
function shortPlace(model: string): string {
  return model
    .replace(/\.json$/, '')
    .split(/[\\/]/)
    .slice(-2)
    .join('/');
}
