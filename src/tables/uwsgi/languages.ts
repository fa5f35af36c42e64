/**
 * What the options and plugins for applications in other languages are for.
 */

const languages: readonly (readonly [language: string, names: RegExp])[] = [
  ['Perl', /^(psgi|perl|plshell|coroae)(\d|-|$)/],
  ['Ruby', /^(rack|rails|ruby\d*|rb|gemset|rvm|fiber)(\d|-|$)/],
  ['PHP', /^php(\d|-|$)/],
  ['CGI', /^cgi(-|$)/],
  ['Lua', /^lua(\d|-|$)/],
  ['Java', /^(jvm|jwsgi|ring|clojure)(-|$)/],
  ['Mono', /^mono(-|$)/],
  ['Go', /^(go|gccgo)(-|$)/],
  ['JavaScript', /^v8(-|$)/],
  ['XSLT', /^xslt(-|$)/],
];

/** The language that an option or plugin of this name serves; undefined for Python and others. */
export function languageOf(name: string): string | undefined {
  return languages.find(([, names]) => names.test(name))?.[0];
}
