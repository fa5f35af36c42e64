/**
 * Options about Python and other languages.
 */

import type { UnsupportedGroup } from './group.ts';

export const pythonGroups: readonly UnsupportedGroup[] = [
  {
    refused: false,
    advice: 'a client of the uwsgi protocol that names SCRIPT_NAME is always heard',
    names: `
      ignore-script-name`,
  },
  {
    refused: false,
    advice: 'write the code into a file, and name that with wsgi-file',
    names: `
      eval=`,
  },
  {
    refused: true,
    advice: 'it imports a module and ends: `reeve check FILE` reads a file and starts nothing',
    names: `
      test=J`,
  },
  {
    refused: false,
    advice:
      'write a file with the line application = pecan.deploy.deploy("FILE"), and name that file',
    names: `
      pecan=`,
  },
  {
    refused: false,
    advice: 'only WSGI applications are served: name one with module or wsgi-file',
    names: `
      web3= pump= wsgi-lite= python-raw=`,
  },
  {
    refused: true,
    advice:
      'the script would take the place of the application: start it with python, in a unit of its own',
    names: `
      py= pyrun= python-worker-override=`,
  },
  {
    refused: false,
    advice: 'no worker is a shell: start python -i with the same home and directory',
    names: `
      pyshell? pyshell-oneshot?`,
  },
  {
    refused: false,
    advice: 'py-autoreload looks at every module that was loaded from a file',
    names: `
      py-auto-reload-ignore=`,
  },
  {
    refused: false,
    advice: 'each start logs the version of Python, and `python --version` prints it',
    names: `
      python-version`,
  },
  {
    refused: false,
    advice: 'there is no memory that processes share; use a cache or a database beside',
    names: `
      py-sharedarea=`,
  },
  {
    refused: false,
    advice: 'the interpreter is a separate program; name it with python and home',
    names: `
      pypy-lib= pypy-setup= pypy-home= pypy-wsgi= pypy-wsgi-file= pypy-ini-paste= pypy-paste=
      pypy-eval= pypy-eval-post-fork= pypy-exec= pypy-exec-post-fork= pypy-pp= pypy-python-path=
      pypy-pythonpath= py-programname= py-program-name=`,
  },
  {
    refused: false,
    advice: 'Python always loads site, which finds the packages of its environment',
    names: `
      no-site`,
  },
  {
    refused: false,
    advice: 'the headers leave with the first part of the body that is not empty, as PEP 3333 says',
    names: `
      start_response-nodelay`,
  },
  {
    refused: false,
    advice: 'write() and the next part of a body raise OSError once the client has gone',
    names: `
      write-errors-tolerance= write-errors-exception-only`,
  },
  {
    refused: false,
    advice:
      'the log has each exception with its traceback; collectors such as Sentry read it there',
    names: `
      exception-handler=`,
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
