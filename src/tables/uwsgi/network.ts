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
    advice: 'the gateway gives each request to a free worker: no socket belongs to some of them',
    names: `
      map-socket=`,
  },
  {
    refused: false,
    advice: 'write the name with an @ in front, as in socket = @name',
    names: `
      abstract-socket!a`,
  },
  {
    refused: false,
    advice: 'it is for sockets that a zerg server passes, which Reeve does not have',
    names: `
      no-fd-passing`,
  },
  {
    refused: false,
    advice: 'it is for connections that uWSGI opens to others; Reeve opens none',
    names: `
      tcp-fast-open-client tcp-fastopen-client`,
  },
  {
    refused: false,
    advice:
      'remove it: descriptors that Reeve was not passed for itself are closed in its processes',
    names: `
      safe-fd= fd-safe=`,
  },
  {
    refused: false,
    advice: 'name the directory in check-static; DOCUMENT_ROOT of a client or proxy is not used',
    names: `
      check-static-docroot`,
  },
  {
    refused: false,
    advice: 'websockets are not served; run them in a server of their own',
    names: `
      http-websockets websockets-ping-freq= websocket-ping-freq= websockets-pong-tolerance=
      websocket-pong-tolerance= websockets-max-size= websocket-max-size=`,
  },
  {
    refused: false,
    advice: 'chunked requests are decoded for wsgi.input: limit-post and socket-timeout limit them',
    names: `
      chunked-input-limit= chunked-input-timeout=`,
  },
  {
    refused: false,
    advice: 'use a PROXY header, as HAProxy and hitch write it: http-enable-proxy-protocol',
    names: `
      http-stud-prefix=`,
  },
  {
    refused: false,
    advice: 'only HTTP is spoken: use a server for such streams beside',
    names: `
      http-manage-source http-manage-rtsp`,
  },
  {
    refused: false,
    advice: 'requests go to the Python application: no modifier chooses another one',
    names: `
      http-modifier1= http-modifier2=`,
  },
];
