/**
 * The plugins of uWSGI, by what they are for.
 */

export type PluginKind = 'built-in' | 'other-language' | 'loop-engine' | 'unknown';

/** `python36`, `python3.6`, `0:python3`, `http`, `router_redirect`, `cheaper_busyness`. */
const builtIn =
  /^(python\d*(\.\d+)*|http|https|router_.*|logfile|logsocket|logger|syslog|rsyslog|corerouter|cheaper_.*|ping|signal|echo|stats_pusher_.*)$/;
const otherLanguage =
  /^(psgi|perl|coroae|php\d*|rack|ruby.*|rbthreads|fiber|lua.*|cgi|jvm|jwsgi|ring|mono|v8|go|gccgo|pypy|xslt)$/;
const loopEngine = /^(gevent|asyncio|greenlet|tornado|ugreen|stackless)\d*$/;

/** The name without path, suffix and number: `0:python3` and `/x/python3_plugin.so` are python3. */
export function pluginName(written: string): string {
  return written
    .trim()
    .replace(/^.*\//, '')
    .replace(/(_plugin)?(\.so)?$/, '')
    .replace(/^\d+:/, '');
}

/** What a plugin that a file names is for. */
export function kindOfPlugin(written: string): PluginKind {
  const name = pluginName(written);
  if (builtIn.test(name)) return 'built-in';
  if (otherLanguage.test(name)) return 'other-language';
  return loopEngine.test(name) ? 'loop-engine' : 'unknown';
}
