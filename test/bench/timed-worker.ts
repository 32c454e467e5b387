// A worker like that of the package, whose replies come with the stages of the job.
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine, transferOf } from '../../codec/index.ts';
import type { WorkerReply, WorkerRequest } from '../../src/api/worker-messages.ts';
import { modelOf } from '../helpers/model-of.ts';
import type { TimedReply, TimedSetup } from './codec-speed.ts';
import { timedJobs } from './timed-jobs.ts';

const port = parentPort;
if (!port) throw new Error('This file runs as a worker');
const { clock, ...files } = workerData as TimedSetup;
const runTimed = timedJobs(createEngine(modelOf(files)), clock);
port.on('message', ({ id, name, args }: WorkerRequest) => {
  const { result, stages } = runTimed(name, args);
  const reply: WorkerReply = { id, result };
  port.postMessage({ reply, stages } satisfies TimedReply, transferOf(result));
});
