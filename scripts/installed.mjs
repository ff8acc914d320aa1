/**
 * Whether node_modules holds what the lock file names: `lock` is package-lock.json, `installed` what npm wrote down in
 * node_modules/.package-lock.json at the end of its last installation. Times say nothing (a checkout renews them) and
 * a stamp of our own would not know of an `npm install` by hand.
 */
export function isInstalled(lock, installed) {
  if (!installed) return false
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '' || wanted.link) return true
    const found = installed.packages[path]
    // npm leaves out optional packages that are made for another platform.
    if (!found) return Boolean(wanted.optional || wanted.devOptional || wanted.peer)
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}
