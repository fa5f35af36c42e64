/**
 * How many columns a text takes, for yargs, in place of the package string-width: that one makes
 * ready for every script and emoji when it is loaded, which costs each command 25 ms of processor
 * time. yargs measures only the names of our commands.
 */
import { stripVTControlCharacters } from 'node:util';

export default function stringWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
