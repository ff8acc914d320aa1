/** The version of this package: package.json's, which the build checks. Written here, so that nothing is read at run time. */
export const version = '0.1.0'
