/** Work that runs side by side within one number of jobs, whatever it is: kernels of a package, or packages. */
import type { AbsolutePath } from '../../domain.ts'
import { type JobServer, startJobServer } from './jobserver.ts'

export interface JobLimit {
  /** How many compilers and the like may run at once, over all tasks; 0 is no limit. */
  readonly jobs: number
  /** How many tasks are begun at once when there is no limit. */
  readonly processors: number
  readonly tmp: AbsolutePath
}

/**
 * @param work is given what its makes share with those of the others; a task that is alone has nobody to share with
 * @returns the results, in the order of the tasks
 */
export async function sideBySide<Task, Result>(
  tasks: readonly Task[],
  { jobs, processors, tmp }: JobLimit,
  work: (task: Task, jobServer: JobServer | undefined) => Promise<Result>,
): Promise<Result[]> {
  const [only] = tasks
  if (only === undefined) return []
  if (tasks.length === 1) return [await work(only, undefined)]
  const slots = jobs === 0 ? processors : jobs
  const workers = Math.min(slots, tasks.length)
  using jobServer = jobs === 0 ? undefined : await startJobServer(tmp, slots - workers)
  const queue = tasks.map((task, index) => ({ task, index }))
  const results: Result[] = []
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        results[next.index] = await work(next.task, jobServer)
      }
      jobServer?.release()
    }),
  )
  return results
}
