/**
 * Options about sockets, HTTP, headers and static files.
 */

import type { UnsupportedGroup } from '../uwsgi.ts';

export const networkGroups: readonly UnsupportedGroup[] = [
  {
    refused: false,
    advice: 'network devices are left to systemd-networkd',
    names: `
      tuntap-router= tuntap-device= tuntap-use-credentials? tuntap-router-firewall-in=
      tuntap-router-firewall-out= tuntap-router-route= tuntap-router-stats= tuntap-device-rule=`,
  },
  {
    refused: false,
    advice: 'HTTP is what is spoken for now; use http-socket and proxy_pass',
    names: `
      http-socket-modifier1= http-socket-modifier2= fastcgi-socket= fastcgi-nph-socket=
      fastcgi-modifier1= fastcgi-modifier2= scgi-socket= scgi-nph-socket= scgi-modifier1=
      scgi-modifier2= raw-socket= raw-modifier1= raw-modifier2= puwsgi-socket= shared-socket=
      undeferred-shared-socket= map-socket=`,
  },
  {
    refused: false,
    advice: 'the gateway sets its sockets itself',
    names: `
      freebind no-fd-passing safe-fd= fd-safe= so-keepalive so-send-timeout socket-send-timeout
      so-write-timeout socket-write-timeout socket-sndbuf= socket-rcvbuf= enable-proxy-protocol
      reuse-port tcp-fast-open= tcp-fastopen= tcp-fast-open-client tcp-fastopen-client
      http-enable-proxy-protocol?`,
  },
  {
    refused: false,
    advice: 'set headers in the application or in the proxy in front',
    names: `
      error-page-403= error-page-404= error-page-500= add-header= rem-header= del-header=
      collect-header= response-header-collect= pull-header= response-headers-limit=`,
  },
  {
    refused: false,
    advice: 'use static-map, or the proxy in front',
    names: `
      check-static= check-static-docroot static-check= static-map2= static-index= static-safe=
      static-cache-paths= static-cache-paths-name= mimefile= mime-file= static-expires-type=
      static-expires-type-mtime= static-expires= static-expires-mtime= static-expires-uri=
      static-expires-uri-mtime= static-expires-path-info= static-expires-path-info-mtime=
      static-gzip= static-gzip-all static-gzip-dir= static-gzip-prefix= static-gzip-ext=
      static-gzip-suffix= file-serve-mode= fileserve-mode= disable-sendfile`,
  },
  {
    refused: false,
    advice: 'the gateway does not do this yet; the proxy in front can',
    names: `
      websockets-ping-freq= websocket-ping-freq= websockets-pong-tolerance=
      websocket-pong-tolerance= websockets-max-size= websocket-max-size= chunked-input-limit=
      chunked-input-timeout= http-auto-gzip http-websockets http-buffer-size=
      http-server-name-as-http-host= http-headers-timeout= http-connect-timeout=`,
  },
];
