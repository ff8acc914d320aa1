// What a process and the machine used so far, from /proc.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

const ticksPerSecond = 100

/** CPU of a process and its threads in s, and its memory in bytes. */
export function processUse(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name may have spaces and parentheses. What follows begins with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const pageBytes = 4_096
  return {
    cpuS: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    memoryBytes: Number(fields[21]) * pageBytes,
  }
}

/** CPU of the whole machine in s: used by anybody, and of all. */
export function machineUse() {
  const times = cpus().map((cpu) => cpu.times)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0) / 1_000
  const idle = times.reduce((sum, one) => sum + one.idle, 0) / 1_000
  return { usedS: all - idle, allS: all }
}
