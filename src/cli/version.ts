/**
 * The version; package.json is the only place that it is written in.
 */

import packageJson from '../../package.json' with { type: 'json' };

export const version: string = packageJson.version;
