/**
 * Options about Python and other languages.
 */

import type { UnsupportedGroup } from './group.ts';

export const pythonGroups: readonly UnsupportedGroup[] = [
  {
    refused: false,
    advice: 'set PYTHONOPTIMIZE with env',
    names: `
      optimize=O`,
  },
  {
    refused: false,
    advice: 'a client of the uwsgi protocol that names SCRIPT_NAME is always heard',
    names: `
      ignore-script-name`,
  },
  {
    refused: false,
    advice: 'run one daemon for each host name',
    names: `
      vhost vhost-host`,
  },
  {
    refused: false,
    advice: 'import it in the application',
    names: `
      eval= test=J pymodule-alias= post-pymodule-alias=
      pecan= paste= paste-logger web3= pump= wsgi-lite= ini-paste= ini-paste-logged= reload-os-env
      pyshell? pyshell-oneshot? py= pyrun= py-auto-reload-ignore= python-version python-raw=
      py-sharedarea= python-worker-override=`,
  },
  {
    refused: false,
    advice: 'the interpreter is a separate program; name it with python and home',
    names: `
      pypy-lib= pypy-setup= pypy-home= pypy-wsgi= pypy-wsgi-file= pypy-ini-paste= pypy-paste=
      pypy-eval= pypy-eval-post-fork= pypy-exec= pypy-exec-post-fork= pypy-pp= pypy-python-path=
      pypy-pythonpath= py-programname= py-program-name= no-site py-executable= py-sys-executable=`,
  },
  {
    refused: false,
    advice: 'the application is called exactly as PEP 3333 says',
    names: `
      write-errors-tolerance= write-errors-exception-only catch-exceptions
      exception-handler= wsgi-env-behaviour= wsgi-env-behavior= start_response-nodelay wsgi-strict`,
  },
  {
    refused: false,
    advice: 'only Python applications are supported',
    names: `
      cgi-mode!c cgi= cgi-map-helper= cgi-helper= cgi-from-docroot cgi-buffer-size= cgi-timeout=
      cgi-index= cgi-allowed-ext= cgi-unset= cgi-loadlib= cgi-optimize cgi-optimized cgi-path-info
      cgi-do-not-kill-on-error cgi-async-max-attempts cgi-close-stdin-on-eof cgi-safe=
      dumbloop-modifier1= dumbloop-code= dumbloop-function= go-load= gccgo-load= go-args=
      gccgo-args= goroutines= geoip-country= geoip-city= geoip-use-disk glusterfs-mount=
      glusterfs-timeout= gridfs-mount= gridfs-debug jvm-main-class= jvm-opt= jvm-class=
      jvm-classpath= jwsgi= ldap= ldap-schema ldap-schema-ldif lua= lua-load= lua-shell luashell
      lua-gc-freq zeromq= zmq= zeromq-socket= zmq-socket= mongrel2= mono-app= mono-gc-freq=
      mono-key= mono-version= mono-config= mono-assembly= mono-exec= mono-index= nagios
      notfound-log pam= pam-user= php-ini= php-config= php-ini-append= php-config-append= php-set=
      php-index= php-docroot= php-allowed-docroot= php-allowed-ext= php-allowed-script=
      php-server-software= php-app= php-app-qs= php-fallback= php-fallback2= php-fallback-qs=
      php-app-bypass= php-var= php-constant= php-dump-config php-exec-before= php-exec-begin=
      php-exec-after= php-exec-end= php-sapi-name= psgi= psgi-enable-psgix-io perl-no-die-catch
      perl-local-lib= perl-version perl-args= perl-arg= perl-exec= perl-exec-post-fork=
      perl-auto-reload= perl-auto-reload-ignore= plshell? plshell-oneshot perl-no-plack
      pty-socket= pty-log pty-input pty-connect= pty-uconnect= pty-no-isig pty-exec= rails= rack=
      ruby-gc-freq= rb-gc-freq= rb-lib= ruby-lib= rb-require= ruby-require= rbrequire=
      rubyrequire= require= shared-rb-require= shared-ruby-require= shared-rbrequire=
      shared-rubyrequire= shared-require= gemset= rvm= rvm-path= rbshell? rbshell-oneshot
      rados-mount= rados-timeout= ring-load= clojure-load= ring-app= sqlite3= sqlite= v8-load=
      v8-preemptive= v8-gc-freq= v8-module-path= v8-jsgi= webdav-mount= webdav-css=
      webdav-javascript= webdav-js= webdav-class-directory= webdav-div= webdav-lock-cache=
      webdav-principal-base= webdav-add-option= webdav-add-prop= webdav-add-collection-prop=
      webdav-add-object-prop= webdav-add-prop-href= webdav-add-collection-prop-href=
      webdav-add-object-prop-href= webdav-add-prop-comp= webdav-add-collection-prop-comp=
      webdav-add-object-prop-comp= webdav-add-rtype-prop= webdav-add-rtype-collection-prop=
      webdav-add-rtype-object-prop= webdav-skip-prop= xslt-docroot= xslt-ext= xslt-var=
      xslt-stylesheet= xslt-content-type=`,
  },
];
