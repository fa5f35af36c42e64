/**
 * Options about the system around the daemon, for which systemd or a load balancer is better.
 */

import type { UnsupportedGroup } from './group.ts';

export const platformGroups: readonly UnsupportedGroup[] = [
  {
    refused: false,
    advice: 'use chdir, and absolute paths where the start directory matters',
    names: `
      force-cwd=`,
  },
  {
    refused: false,
    advice: 'standard input of an application is always empty',
    names: `
      daemons-honour-stdin`,
  },
  {
    refused: false,
    advice: 'use MemorySwapMax=0 of the systemd unit: no memory is locked',
    names: `
      never-swap`,
  },
  {
    refused: false,
    advice: 'systemd is notified without this option (NOTIFY_SOCKET)',
    names: `
      notify-socket=`,
  },
  {
    refused: false,
    advice: 'every process runs as uid and gid from the start',
    names: `
      master-as-root drop-after-init drop-after-apps`,
  },
  {
    refused: false,
    advice: 'run one systemd unit for each application: reeve@NAME',
    names: `
      emperor-proxy-socket= emperor-wrapper= emperor-wrapper-override= emperor-wrapper-fallback=
      emperor-nofollow emperor-procname= emperor-freq= emperor-required-heartbeat=
      emperor-curse-tolerance= emperor-pidfile= emperor-tyrant emperor-tyrant-nofollow
      emperor-stats= emperor-stats-server= emperor-broodlord= emperor-throttle=
      emperor-max-throttle= emperor-magic-exec emperor-on-demand-extension= emperor-on-demand-ext=
      emperor-on-demand-directory= emperor-on-demand-dir= emperor-on-demand-exec=
      emperor-extra-extension= emperor-extra-ext= emperor-no-blacklist emperor-use-clone=
      emperor-graceful-shutdown imperial-monitor-list imperial-monitors-list vassals-inherit=
      vassals-include= vassals-inherit-before= vassals-include-before= vassals-start-hook=
      vassals-stop-hook= vassal-sos= vassal-sos-backlog= vassals-set= vassal-set= heartbeat=
      force-gateway zerg= zerg-fallback zerg-server= zergpool= zerg-pool=`,
  },
  {
    refused: false,
    advice: 'use TasksMax= of the systemd unit: LimitNPROC= counts all processes of the user',
    names: `
      limit-nproc=`,
  },
  {
    refused: false,
    advice: 'use MemoryKSM=yes of the systemd unit (systemd 254)',
    names: `
      ksm?`,
  },
  {
    refused: false,
    advice:
      'use Slice= and the resource settings of the systemd unit, such as MemoryMax= and CPUQuota=',
    names: `
      cgroup= cgroup-opt= cgroup-dir-mode=`,
  },
  {
    refused: false,
    advice: 'remove it: the master waits for orphans, and the application for children of its own',
    names: `
      reaper!r`,
  },
  {
    refused: false,
    advice: 'remove it: jails are of FreeBSD, and Reeve makes none that it could be in already',
    names: `
      jailed`,
  },
  {
    refused: false,
    advice: 'use hook-asap = wait_for_file:PATH, wait_for_dir, wait_for_fs or wait_for_socket',
    names: `
      wait-for-fs= wait-for-file= wait-for-dir= wait-for-socket=`,
  },
  {
    refused: false,
    advice: 'there is no jail, so that this point never comes; use hook-in-jail or exec-in-jail',
    names: `
      hook-post-jail= exec-post-jail= call-post-jail= mount-post-jail= umount-post-jail=`,
  },
  {
    refused: false,
    advice: 'there is no emperor and no router; use a unit for each application',
    names: `
      hook-emperor-start= hook-emperor-stop= hook-emperor-reload= hook-emperor-lost=
      hook-as-vassal= hook-as-emperor= hook-as-gateway= exec-as-vassal=
      exec-as-emperor= mount-as-vassal= mount-as-emperor= umount-as-vassal= umount-as-emperor=
      call-as-vassal= call-as-vassal1= call-as-vassal3= call-as-emperor= call-as-emperor1=
      call-as-emperor2= call-as-emperor4=`,
  },
  {
    refused: false,
    advice: 'functions of C are not called; use hook-* with an action',
    names: `
      call-asap= call-pre-jail= call-in-jail= call-as-root= call-as-user= call-as-user-atexit=
      call-pre-app= call-post-app= after-request-call=`,
  },
  {
    refused: false,
    advice: 'wrap the application in a middleware of its own',
    names: `
      after-request-hook=`,
  },
  {
    refused: true,
    advice: 'use BindPaths=, TemporaryFileSystem= or PrivateMounts= of the systemd unit',
    names: `
      mount-asap= mount-pre-jail= mount-in-jail= mount-as-root= umount-asap= umount-pre-jail=
      umount-in-jail= umount-as-root=`,
  },
  {
    refused: false,
    advice: 'use ExecStartPre=, ExecStartPost= and ExecStopPost= of the systemd unit',
    names: `
      refork re-fork refork-as-root re-fork-as-root refork-post-jail re-fork-post-jail
      wait-for-interface= wait-for-interface-timeout= wait-interface= wait-interface-timeout=
      wait-for-iface= wait-for-iface-timeout= wait-iface= wait-iface-timeout= wait-for-mountpoint=
      wait-for-fs-timeout= wait-for-socket-timeout=
      check-mountpoint= mountpoint-check= check-mount= mount-check= file-write= worker-exec=
      worker-exec2=`,
  },
  {
    refused: false,
    advice: 'use cron = … with curl -fsS URL as its command',
    names: `
      curl-cron= cron-curl=`,
  },
  {
    refused: true,
    advice:
      'instances do not elect a leader, so this would run on every machine: let keepalived start and ' +
      'stop a systemd unit or timer, or take a lock in Redis',
    names: `
      legion= legion-mcast= legion-node= legion-freq= legion-tolerance=
      legion-death-on-lord-error= legion-skew-tolerance= legion-lord= legion-unlord= legion-setup=
      legion-death= legion-join= legion-node-joined= legion-node-left= legion-quorum=
      legion-scroll= legion-scroll-max-size= legion-scroll-list-max-size= legion-cron=
      cron-legion= unique-legion-cron= unique-cron-legion= legion-attach-daemon=
      legion-smart-attach-daemon= legion-smart-attach-daemon2= legion-curl-cron=
      legion-cron-curl= curl-cron-legion= cron-curl-legion=`,
  },
  {
    refused: false,
    advice: 'use the systemd unit for this',
    names: `
      flock= flock-wait= flock2= flock-wait2= command-mode shutdown-sockets
      privileged-binary-patch= unprivileged-binary-patch= privileged-binary-patch-arg=
      unprivileged-binary-patch-arg= binsh= mode= exit?`,
  },
  {
    refused: false,
    advice: 'instances are not joined to a cluster; use a load balancer',
    names: `
      weight= auto-weight= udp= multicast= multicast-ttl= multicast-loop=
      subscription-notify-socket= subscriptions-sign-check= subscriptions-sign-check-tolerance=
      subscriptions-sign-skip-uid= subscriptions-credentials-check= subscriptions-use-credentials
      subscription-algo= subscription-dotsplit subscribe-to= st= subscribe= subscribe2=
      subscribe-freq= subscription-tolerance= unsubscribe-on-graceful-reload start-unsubscribed
      subscribe-with-modifier1= allowed-modifiers= remap-modifier= fastrouter=
      fastrouter-processes= fastrouter-workers= fastrouter-zerg= fastrouter-use-cache?
      fastrouter-use-pattern= fastrouter-use-base= fastrouter-fallback=
      fastrouter-use-code-string= fastrouter-use-socket? fastrouter-to= fastrouter-gracetime=
      fastrouter-events= fastrouter-quiet= fastrouter-cheap fastrouter-subscription-server=
      fastrouter-subscription-slot= fastrouter-timeout= fastrouter-post-buffering=
      fastrouter-post-buffering-dir= fastrouter-stats= fastrouter-stats-server= fastrouter-ss=
      fastrouter-harakiri= fastrouter-uid= fastrouter-gid= fastrouter-resubscribe=
      fastrouter-resubscribe-bind= fastrouter-buffer-size= fastrouter-fallback-on-no-key
      fastrouter-subscription-fallback-key= forkptyrouter= forkpty-router= forkptyurouter=
      forkpty-urouter= forkptyrouter-command= forkpty-router-command= forkptyrouter-cmd=
      forkpty-router-cmd= forkptyrouter-rows= forkptyrouter-cols= forkptyrouter-processes=
      forkptyrouter-workers= forkptyrouter-zerg= forkptyrouter-fallback= forkptyrouter-events=
      forkptyrouter-cheap forkptyrouter-timeout= forkptyrouter-stats= forkptyrouter-stats-server=
      forkptyrouter-ss= forkptyrouter-harakiri= http-zerg= http-fallback=
      http-use-cache? http-use-pattern= http-use-base=
      http-subscription-server= http-subscription-fallback-key= http-use-code-string=
      http-gracetime= http-cheap 
      http-resubscribe= ping= ping-timeout= rawrouter=
      rawrouter-processes= rawrouter-workers= rawrouter-zerg= rawrouter-use-cache?
      rawrouter-use-pattern= rawrouter-use-base= rawrouter-fallback= rawrouter-use-code-string=
      rawrouter-use-socket? rawrouter-to= rawrouter-gracetime= rawrouter-events=
      rawrouter-max-retries= rawrouter-quiet= rawrouter-cheap rawrouter-subscription-server=
      rawrouter-subscription-slot= rawrouter-timeout= rawrouter-stats= rawrouter-stats-server=
      rawrouter-ss= rawrouter-harakiri= rawrouter-xclient rawrouter-buffer-size=`,
  },
];
