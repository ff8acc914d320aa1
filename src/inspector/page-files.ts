import { type PageFile, unpackedPage } from './unpacked-page.js'

/**
 * The files of the page by their paths below the mount, `''` being the page itself. None in the sources: the build puts
 * inspector-ui/ here (scripts/bundle.mjs), in a module that is loaded with the first visit.
 */
export const pageFiles: Promise<Readonly<Record<string, PageFile>>> = unpackedPage('')
