/** Runs asynchronous tasks in order with a bound on how many are open. */

/**
 * Starts the tasks one after the other, at most `limit` at a time; a task may wait for one that was started
 * before it. Takes the next task from `tasks` only when there is room for it. After a failure or an abort no
 * further task is started; when those under way have ended, rejects with the first failure or the signal's
 * reason.
 */
export async function runTasks(
  tasks: Iterable<() => Promise<void>>,
  limit: number,
  signal?: AbortSignal,
): Promise<void> {
  const open = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for (const task of tasks) {
    if (failures.length > 0 || signal?.aborted) break;
    const run: Promise<void> = task()
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => open.delete(run));
    open.add(run);
    if (open.size >= limit) await Promise.race(open);
  }
  await Promise.all(open);
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
