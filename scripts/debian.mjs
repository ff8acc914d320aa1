// The real services that some tests talk to come from Debian's packages.
import { existsSync } from 'node:fs'
import { run } from './child.mjs'

const script = 'scripts/services/apt-install.sh'
const groups = ['wordpress', 'redis', 'chromium', 'prometheus']

/** How to get them where we may not install them ourselves. */
export const howToInstall = `WordPress, Redis, Chromium and Prometheus come from Debian's packages: sudo ${script} ${groups.join(' ')}`

/**
 * Installs them where that is ours to do: for root on Debian, and in CI. Gives the step's result, or `undefined` where
 * it is not. In CI a failure is one: tests that are left out there would never run.
 */
export async function installServices() {
  const root = process.getuid?.() === 0
  if (!process.env.CI && !(root && existsSync('/etc/debian_version'))) return undefined
  const command = root ? ['bash'] : ['sudo', '-n', 'bash']
  const { ok, stderr } = await run(command[0], [...command.slice(1), script, ...groups])
  console.log(ok ? '✓ Debian packages' : `✗ Debian packages\n${stderr.trimEnd()}`)
  return { name: 'Debian packages', ok }
}
