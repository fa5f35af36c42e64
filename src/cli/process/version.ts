/**
 * The version and the day of its release, as package.json has them.
 */

import packageJson from '../../../package.json' with { type: 'json' };

export const version: string = packageJson.version;
export const released: string = packageJson.released;
