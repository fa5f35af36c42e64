/**
 * Options that protect the application: as Reeve does not have them, a start with one is refused.
 */

import type { UnsupportedGroup } from './group.ts';

export const protectionGroups: readonly UnsupportedGroup[] = [
  {
    refused: true,
    advice:
      'ignoring such rules would be less safe; move them to the proxy in front or into the application',
    names: `
      route= route-host= route-uri= route-qs= route-remote-addr= route-user-agent=
      route-remote-user= route-referer= route-label= route-if= route-if-not= route-run=
      final-route= final-route-status= final-route-host= final-route-uri= final-route-qs=
      final-route-remote-addr= final-route-user-agent= final-route-remote-user=
      final-route-referer= final-route-label= final-route-if= final-route-if-not= final-route-run=
      error-route= error-route-status= error-route-host= error-route-uri= error-route-qs=
      error-route-remote-addr= error-route-user-agent= error-route-remote-user=
      error-route-referer= error-route-label= error-route-if= error-route-if-not= error-route-run=
      response-route= response-route-status= response-route-host= response-route-uri=
      response-route-qs= response-route-remote-addr= response-route-user-agent=
      response-route-remote-user= response-route-referer= response-route-label= response-route-if=
      response-route-if-not= response-route-run=`,
  },
  {
    refused: true,
    advice: 'TLS is not supported yet; use a proxy in front for it',
    names: `
      suwsgi-socket= ssl-socket= https-socket= https-socket-modifier1= https-socket-modifier2=
      ssl-verbose ssl-verify-depth? ssl-sessions-use-cache? ssl-session-use-cache?
      ssl-sessions-timeout= ssl-session-timeout= sni= sni-dir= sni-dir-ciphers= ssl-enable3
      ssl-enable-sslv3 ssl-enable-tlsv1 ssl-option sni-regexp= ssl-tmp-dir= https= https2=
      https-export-cert https-session-context= http-to-https= sslrouter= sslrouter2=
      sslrouter-session-context= sslrouter-processes= sslrouter-workers= sslrouter-zerg=
      sslrouter-use-cache? sslrouter-use-pattern= sslrouter-use-base= sslrouter-fallback=
      sslrouter-use-code-string= sslrouter-use-socket? sslrouter-to= sslrouter-gracetime=
      sslrouter-events= sslrouter-max-retries= sslrouter-quiet= sslrouter-cheap
      sslrouter-subscription-server= sslrouter-timeout= sslrouter-stats= sslrouter-stats-server=
      sslrouter-ss= sslrouter-harakiri= sslrouter-sni sslrouter-buffer-size=`,
  },
  {
    refused: true,
    advice: 'use RootDirectory= of the systemd unit',
    names: `
      chroot= pivot-root= pivot_root= namespace= namespace-keep-mount= ns=`,
  },
  {
    refused: true,
    advice:
      'use CapabilityBoundingSet= of the systemd unit, and AmbientCapabilities= with uid: CAP_SYS_NICE ' +
      'for sys_nice',
    names: `
      cap= emperor-cap= vassals-cap= vassal-cap=`,
  },
  {
    refused: true,
    advice:
      'use PrivateMounts= (for fs), PrivateIPC= (ipc), PrivateNetwork= (net), PrivatePIDs= (pid), ' +
      'ProtectHostname= (uts) and PrivateUsers= (user) of the systemd unit',
    names: `
      unshare= unshare2=`,
  },
  {
    refused: true,
    advice: 'use NetworkNamespacePath= or JoinsNamespaceOf= of the systemd unit',
    names: `
      setns-socket= setns-socket-skip= setns-skip= setns= setns-preopen namespace-net= ns-net=`,
  },
  {
    refused: true,
    advice: 'it is for FreeBSD; use RootDirectory= and the sandbox settings of the systemd unit',
    names: `
      jail= jail-ip4= jail-ip6= jidfile= jid-file= jail2= libjail= jail-attach=`,
  },
  {
    refused: true,
    advice: 'use AppArmorProfile= of the systemd unit',
    names: `
      apparmor-profile=`,
  },
  {
    refused: true,
    advice: 'use uid and gid, which apply to every process',
    names: `
      immediate-uid= immediate-gid= http-uid= http-gid=`,
  },
  {
    refused: true,
    advice: 'run one unit for each application: `reeve enable FILE` for each ini of its directory',
    names: `
      emperor= early-emperor`,
  },
];
