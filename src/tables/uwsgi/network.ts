/**
 * Options about sockets, HTTP, headers and static files.
 */

import type { UnsupportedGroup } from './group.ts';

export const networkGroups: readonly UnsupportedGroup[] = [
  {
    refused: false,
    advice: 'use systemd-networkd for network devices',
    names: `
      tuntap-router= tuntap-device= tuntap-use-credentials? tuntap-router-firewall-in=
      tuntap-router-firewall-out= tuntap-router-route= tuntap-router-stats= tuntap-device-rule=`,
  },
  {
    refused: false,
    advice: 'only HTTP and the uwsgi protocol are spoken; use http-socket and proxy_pass',
    names: `
      http-socket-modifier1= http-socket-modifier2= fastcgi-socket= fastcgi-nph-socket=
      fastcgi-modifier1= fastcgi-modifier2= scgi-socket= scgi-nph-socket= scgi-modifier1=
      scgi-modifier2= raw-socket= raw-modifier1= raw-modifier2= puwsgi-socket=`,
  },
  {
    refused: false,
    advice:
      'name the address in http-socket or socket: the gateway gives each request to a free worker',
    names: `
      shared-socket= undeferred-shared-socket= map-socket=`,
  },
  {
    refused: false,
    advice: 'the gateway sets the options of its sockets itself',
    names: `
      freebind no-fd-passing safe-fd= fd-safe= so-keepalive so-send-timeout socket-send-timeout
      so-write-timeout socket-write-timeout socket-sndbuf= socket-rcvbuf=
      reuse-port tcp-fast-open= tcp-fastopen= tcp-fast-open-client tcp-fastopen-client`,
  },
  {
    refused: false,
    advice: 'remove it: it is a limit of uWSGI, and nothing is needed in its place',
    names: `
      response-headers-limit=`,
  },
  {
    refused: false,
    advice: 'name the directory in check-static; DOCUMENT_ROOT of a client or proxy is not used',
    names: `
      check-static-docroot`,
  },
  {
    refused: false,
    advice: 'the gateway does not do this yet; a proxy in front can',
    names: `
      websockets-ping-freq= websocket-ping-freq= websockets-pong-tolerance=
      websocket-pong-tolerance= websockets-max-size= websocket-max-size= chunked-input-limit=
      chunked-input-timeout= http-auto-gzip http-websockets http-buffer-size=
      http-server-name-as-http-host= http-headers-timeout= http-connect-timeout=`,
  },
];
